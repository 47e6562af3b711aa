// Loans between owners as a matrix whose rows lend and whose columns borrow.
export interface Loan {
  lender: string | null; // null: what is nobody's share
  borrower: string | null;
  hours: number;
}

export interface Net {
  party: string | null;
  lent: number;
  borrowed: number;
  net: number; // lent less borrowed
}

export interface Matrix {
  lenders: (string | null)[];
  borrowers: (string | null)[];
  cells: number[][]; // by lender, then by borrower
  lent: number[]; // sums of rows
  borrowed: number[]; // sums of columns
  sum: number;
  largest: number;
  net: Net[]; // all who lend or borrow; the sum is zero
}

// Names in order; what is nobody's at the end.
function inOrder(parties: Iterable<string | null>): (string | null)[] {
  return [...new Set(parties)].sort((a, b) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return a < b ? -1 : Number(a > b);
  });
}

export function matrixOf(loans: readonly Loan[]): Matrix {
  const lenders = inOrder(loans.map(({ lender }) => lender));
  const borrowers = inOrder(loans.map(({ borrower }) => borrower));
  const cells = lenders.map(() => borrowers.map(() => 0));
  for (const { lender, borrower, hours } of loans) {
    cells[lenders.indexOf(lender)]![borrowers.indexOf(borrower)]! += hours;
  }
  const add = (sum: number, one: number) => sum + one;
  const lent = cells.map((row) => row.reduce(add, 0));
  const borrowed = borrowers.map((_, column) => cells.reduce((sum, row) => sum + row[column]!, 0));
  const net = inOrder([...lenders, ...borrowers]).map((party) => {
    const gave = lent[lenders.indexOf(party)] ?? 0;
    const took = borrowed[borrowers.indexOf(party)] ?? 0;
    return { party, lent: gave, borrowed: took, net: gave - took };
  });
  const largest = Math.max(0, ...cells.flat());
  return { lenders, borrowers, cells, lent, borrowed, sum: lent.reduce(add, 0), largest, net };
}
