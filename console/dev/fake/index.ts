/** A server that makes everything up, so that pages can be looked at alone. Development only; never part of the build. */
import type { Connect, Plugin } from 'vite';
import { serveLive } from './live.ts';
import { answerFiles, takeTerminal } from './portal.ts';
import { answer } from './routes.ts';

const middleware: Connect.NextHandleFunction = (request, response, next) => {
  if (!(request.url ?? '').startsWith('/v1/')) {
    next();
    return;
  }
  if (answerFiles(request, response)) return;
  let sent = '';
  request.on('data', (chunk: Buffer) => (sent += chunk.toString()));
  request.on('end', () => answer(request, response, sent === '' ? {} : (JSON.parse(sent) as Record<string, unknown>)));
};

export function fake(): Plugin {
  return {
    name: 'fake-server',
    configureServer(server) {
      server.middlewares.use(middleware);
      if (!server.httpServer) return;
      serveLive(server.httpServer);
      server.httpServer.on('upgrade', takeTerminal);
    },
    configurePreviewServer(server) {
      server.middlewares.use(middleware);
      serveLive(server.httpServer);
      server.httpServer.on('upgrade', takeTerminal);
    },
  };
}
