// Where to begin in a log of which only the end is wanted and whose size nobody tells: `reaches` says whether there is
// a byte at an offset. Returns 0, or an offset from which at least `least` and about twice as much is left.
export async function tailOffset(reaches: (offset: number) => Promise<boolean>, least: number): Promise<number> {
  if (!(await reaches(2 * least))) return 0;
  let low = 2 * least; // reached
  let high = 2 * low;
  while (await reaches(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > least) {
    const middle = Math.floor((low + high) / 2);
    if (await reaches(middle)) low = middle;
    else high = middle;
  }
  return low - least;
}
