// What the server says of a document, with the places: `job:4:6: tasks: found 41 ...`, a line for each mistake.
export interface Mistake {
  line: number | null;
  column: number | null;
  text: string;
}

export function mistakesOf(detail: string): Mistake[] {
  return detail
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const match = /^job:(\d+):(\d+): (.*)$/.exec(line);
      if (!match) return { line: null, column: null, text: line };
      return { line: Number(match[1]), column: Number(match[2]), text: match[3]! };
    });
}
