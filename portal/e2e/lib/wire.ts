// What lies between browser and server: passes everything on, counts the streams that are open, and can be cut.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Pair {
  near: Socket;
  far: Socket;
  isCut: boolean;
  isStream: boolean;
}

export class Wire {
  private readonly pairs = new Set<Pair>();
  private isCut = false;
  begun = 0; // streams, in all

  private constructor(
    private readonly listener: Server,
    private readonly port: number,
  ) {
    listener.on('connection', (near) => this.join(near));
  }

  static async to(port: number): Promise<Wire> {
    const listener = createServer();
    const wire = new Wire(listener, port);
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return wire;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  // Streams that are open now.
  get open(): number {
    return [...this.pairs].filter((pair) => pair.isStream).length;
  }

  // Nothing arrives any more, and nobody is told of it.
  cut(): void {
    this.isCut = true;
    this.pairs.forEach((pair) => (pair.isCut = true));
  }

  // For new connections: those of before stay silent.
  mend(): void {
    this.isCut = false;
  }

  close(): void {
    this.listener.close();
    this.pairs.forEach((pair) => this.part(pair));
  }

  private join(near: Socket): void {
    const pair: Pair = { near, far: connect(this.port, '127.0.0.1'), isCut: this.isCut, isStream: false };
    this.pairs.add(pair);
    near.on('data', (bytes) => {
      if (/^GET \/v1\/live[ ?]/.test(bytes.toString('latin1'))) {
        pair.isStream = true;
        this.begun += 1;
      }
      if (!pair.isCut) pair.far.write(bytes);
    });
    pair.far.on('data', (bytes) => pair.isCut || near.write(bytes));
    for (const socket of [near, pair.far]) {
      socket.on('error', () => undefined);
      socket.on('close', () => (socket === near || !pair.isCut) && this.part(pair));
    }
  }

  private part(pair: Pair): void {
    this.pairs.delete(pair);
    pair.near.destroy();
    pair.far.destroy();
  }
}
