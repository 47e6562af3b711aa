// Text as a terminal would show it, without its colours. A sequence may lie across two pieces.

// CSI (colours, movements), OSC (titles, links), and the short ones; C0 other than tab, line feed and return.
const sequences =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/g;
const longest = 4096; // what has not ended by then is no sequence

export class Stripper {
  private rest = '';

  // What can be shown of what has come so far.
  take(piece: string): string {
    let text = (this.rest + piece).replace(sequences, '');
    const open = text.indexOf('\x1b');
    this.rest = open < 0 || text.length - open > longest ? '' : text.slice(open);
    if (open >= 0) text = this.rest ? text.slice(0, open) : text.replaceAll('\x1b', '');
    return text;
  }
}
