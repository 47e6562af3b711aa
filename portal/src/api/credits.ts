// Credits are texts with an exact decimal number: counted here in whole micro-credits.
const micros = 1_000_000n;

// Of `12.5`; what is no number counts as nothing.
export function micro(text: string | undefined): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text ?? '');
  if (!match) return 0n;
  const size = BigInt(match[2]!) * micros + BigInt((match[3] ?? '').padEnd(6, '0'));
  return match[1] ? -size : size;
}

export function fromMicro(amount: bigint): string {
  const size = amount < 0n ? -amount : amount;
  const rest = String(size % micros)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${size / micros}${rest ? `.${rest}` : ''}`;
}

export function sumCredits(texts: readonly (string | undefined)[]): string {
  return fromMicro(texts.reduce((sum, text) => sum + micro(text), 0n));
}

// What part of `whole` it is; 0 where that is nothing.
export function partOf(part: string | undefined, whole: string | undefined): number {
  const most = micro(whole);
  return most === 0n ? 0 : Number((micro(part) * 1_000_000n) / most) / 1e6;
}
