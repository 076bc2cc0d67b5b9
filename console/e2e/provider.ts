/** A certified OpenID provider of somebody else's, in this process: everybody may sign in there under any name. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

interface Made {
  callback(): RequestListener;
}

export class IdentityProvider {
  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    private handle: RequestListener,
  ) {}

  /** Takes its address. It answers once it knows whom it answers. */
  static async listen(): Promise<IdentityProvider> {
    const server = createServer((request, response) => provider.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const provider = new IdentityProvider(server, `http://localhost:${port}`, (_, response) => response.writeHead(503).end());
    return provider;
  }

  /** Begins to answer a client. */
  async serve(client: { id: string; secret: string; redirect: string }): Promise<void> {
    const path = join(import.meta.dirname, '../../.venv/node/node_modules/oidc-provider/lib/index.js');
    const { Provider } = (await import(path)) as { Provider: new (issuer: string, configuration: unknown) => Made };
    const made = new Provider(this.issuer, {
      clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [client.redirect], response_types: ['code'], grant_types: ['authorization_code'] }],
      pkce: { required: () => true },
      cookies: { keys: ['of a test'] },
      ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
      scopes: ['openid', 'profile', 'email', 'groups'],
      claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'], groups: ['groups'] },
      findAccount: (_: unknown, id: string) => ({
        accountId: id,
        claims: () => ({ sub: id, preferred_username: id, name: `${id} of the provider`, email: `${id}@example.org`, groups: ['staff'] }),
      }),
    });
    this.handle = made.callback();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
