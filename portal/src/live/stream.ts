// The one stream of a browser: opened again whenever it breaks, with what is known already.
import type { Connection, Estate, State, ToTab } from './protocol.ts';
import { Rows } from './rows.ts';

const silence = 15_000; // ms without a word: the server speaks every five seconds
const longestPause = 10_000;
const patience = 5_000; // until an answer begins: connections that are kept may be dead, and are tried one by one

export class Stream {
  private source: EventSource | null = null;
  private estate: string | null = null; // as it came
  private rows = new Rows();
  private connection: Connection = { isLive: false, since: 0, isRefused: false };
  private pause = 500;
  private turn = 0; // changes with each stream
  private spoke = 0; // when the server did, or was asked to
  private isOpen = false; // it has begun to answer
  private watch: ReturnType<typeof setInterval> | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly tell: (message: ToTab) => void;

  constructor(tell: (message: ToTab) => void) {
    this.tell = tell;
  }

  // What a tab that has just come must hear.
  greet(tell: (message: ToTab) => void): void {
    tell({ kind: 'connection', connection: this.connection });
    if (this.estate) tell({ kind: 'estate', estate: JSON.parse(this.estate) as Estate });
    const state = this.rows.whole();
    if (state) tell({ kind: 'state', state });
  }

  open(): void {
    if (this.source) return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const since = this.rows.sequence;
    const source = new EventSource(since === null ? '/v1/live' : `/v1/live?since=${since}`);
    this.source = source;
    this.turn += 1;
    this.spoke = Date.now();
    this.isOpen = false;
    let isGreeted = since === null; // else no state comes where nothing has changed
    const on = (name: string, take: (data: string) => void) =>
      source.addEventListener(name, (event) => {
        if (this.source !== source) return;
        take((event as MessageEvent<string>).data);
        if (this.source === source) this.heard();
      });
    on('estate', (data) => {
      const mayBeAlone = !isGreeted;
      isGreeted = true;
      if (data === this.estate) return;
      if (mayBeAlone) {
        this.forget(); // what we know is of another estate
        return this.open();
      }
      this.rows.clear();
      this.estate = data;
      this.tell({ kind: 'estate', estate: JSON.parse(data) as Estate });
    });
    on('state', (data) => {
      const state = JSON.parse(data) as State;
      this.rows.take(state);
      this.tell({ kind: 'state', state });
    });
    on('beat', () => undefined);
    source.onopen = () => this.source === source && (this.isOpen = true);
    source.onerror = () => this.source === source && this.broke();
    this.watch ??= setInterval(() => {
      if (this.source && Date.now() - this.spoke > (this.isOpen ? silence : patience)) this.broke();
    }, 1000);
  }

  close(): void {
    this.turn += 1;
    this.source?.close();
    this.source = null;
    if (this.timer) clearTimeout(this.timer);
    if (this.watch) clearInterval(this.watch);
    this.timer = this.watch = null;
    this.set({ isLive: false });
  }

  // At once, as somebody has signed in.
  again(): void {
    this.forget();
    this.pause = 500;
    this.connection = { isLive: false, since: 0, isRefused: false };
    this.open();
  }

  // Whoever could see it has signed out.
  forget(): void {
    this.close();
    this.estate = null;
    this.rows.clear();
  }

  private heard(): void {
    this.pause = 500;
    const wasLive = this.connection.isLive;
    this.spoke = this.connection.since = Date.now();
    if (!wasLive) this.set({ isLive: true, isRefused: false });
  }

  private broke(): void {
    this.source?.close();
    this.source = null;
    this.set({ isLive: false });
    // A stream does not tell why it is refused; a request does.
    const turn = this.turn;
    fetch('/v1/server', { cache: 'no-store', signal: AbortSignal.timeout(patience) })
      .then((response) => response.status === 401)
      .catch(() => false)
      .then((isRefused) => {
        if (turn !== this.turn) return;
        if (isRefused) return this.set({ isLive: false, isRefused: true });
        this.timer = setTimeout(() => this.open(), this.pause);
        this.pause = Math.min(this.pause * 2, longestPause);
      });
  }

  private set(change: Partial<Connection>): void {
    this.connection = { ...this.connection, ...change };
    this.tell({ kind: 'connection', connection: this.connection });
  }
}
