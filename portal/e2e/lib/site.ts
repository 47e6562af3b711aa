// Another site on the web, of one page.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class Site {
  private constructor(private readonly server: Server) {}

  static async start(html: string): Promise<Site> {
    const server = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(html));
    server.listen(0);
    await once(server, 'listening');
    return new Site(server);
  }

  addressAs(host: string): string {
    return `http://${host}:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }
}
