import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blockerTitle, blockerTitles, changeTitles } from '../src/jobs/reason_titles.ts';

// The codes of the first column of a table of docs/reasons.md.
function codesOf(part: string): string[] {
  return [...part.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]!);
}

test('every code of docs/reasons.md has a title, and no other', () => {
  const [blockers, changes] = readFileSync('../docs/reasons.md', 'utf8').split('## What would help');
  assert.deepEqual(Object.keys(blockerTitles).sort(), codesOf(blockers!).sort());
  const ofPlans = ['fewer_gpus'];
  assert.deepEqual(Object.keys(changeTitles).sort(), [...codesOf(changes!), ...ofPlans].sort());
});

test('a code that is not known is shown as it is', () => {
  assert.equal(blockerTitle('something_new', 'ko'), 'something_new');
  assert.equal(blockerTitle('devices', 'ko'), '빈 장치 부족');
});
