/** What stands between a client and the gateway, or instead of a resource. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A server that a test can reach, and end. */
export class Between {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  private static async listen(each: (socket: Socket, keep: (one: Socket) => void) => void): Promise<Between> {
    const server = createServer();
    const made = new Between(server);
    const keep = (one: Socket) => {
      made.sockets.add(one);
      one.on('error', () => {});
      one.once('close', () => made.sockets.delete(one));
    };
    server.on('connection', (socket) => {
      keep(socket);
      each(socket, keep);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  /** A resource that takes connections and never says anything. */
  static silent(): Promise<Between> {
    return Between.listen(() => {});
  }

  /**
   * A balancer in front of a gateway: it connects from `own`, and says in a PROXY header (version 2) that the client is `source`.
   * <https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>, section 2.2
   */
  static balancer(gateway: { host: string; port: number }, own: string, source: string): Promise<Between> {
    return Between.listen((client, keep) => {
      const far = connect({ ...gateway, localAddress: own });
      keep(far);
      const addresses = [...source.split('.'), ...gateway.host.split('.')].map(Number);
      const ports = Buffer.alloc(4);
      ports.writeUInt16BE(50_000, 0);
      ports.writeUInt16BE(gateway.port, 2);
      // Version 2 and "proxied", TCP over IPv4, twelve bytes of addresses.
      far.write(Buffer.concat([Buffer.from('0d0a0d0a000d0a515549540a', 'hex'), Buffer.from([0x21, 0x11, 0, 12]), Buffer.from(addresses), ports]));
      client.pipe(far).pipe(client);
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Cuts what is open, and goes on. */
  cut(): void {
    for (const one of this.sockets) one.destroy();
  }

  stop(): void {
    this.cut();
    this.server.close();
  }
}
