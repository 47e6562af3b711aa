// The last lines of a log. A carriage return begins its line anew, as in a progress bar.
export class LogLines {
  private readonly most: number;
  private done: string[] = [];
  private open = '';
  private hasReturned = false; // the next character begins the open line anew
  left_out = 0; // lines that are no longer kept

  constructor(most: number) {
    this.most = most;
  }

  take(text: string): void {
    const parts = text.split('\n');
    parts.forEach((part, at) => {
      this.write(part);
      if (at === parts.length - 1) return;
      this.done.push(this.open);
      this.open = '';
      this.hasReturned = false;
    });
    const over = this.done.length - this.most;
    if (over <= 0) return;
    this.done.splice(0, over);
    this.left_out += over;
  }

  // The open line last, if there is something in it.
  lines(): string[] {
    return this.open ? [...this.done, this.open] : [...this.done];
  }

  private write(part: string): void {
    for (const [at, piece] of part.split('\r').entries()) {
      if (at > 0) this.hasReturned = true;
      if (!piece) continue;
      this.open = this.hasReturned ? piece : this.open + piece;
      this.hasReturned = false;
    }
  }
}
