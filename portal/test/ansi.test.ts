import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stripper } from '../src/jobs/ansi.ts';
import { LogLines } from '../src/jobs/log_lines.ts';
import { tailOffset } from '../src/jobs/log_tail.ts';

test('colours, titles and movements are taken out, wherever a piece ends', () => {
  const text = '\x1b[1;32mok\x1b[0m \x1b]0;title\x07\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\ \x1b(Bplain\x1b[2K\x07!';
  for (let cut = 0; cut <= text.length; ++cut) {
    const stripper = new Stripper();
    assert.equal(stripper.take(text.slice(0, cut)) + stripper.take(text.slice(cut)), 'ok link plain!', `cut at ${cut}`);
  }
});

test('an escape that never ends does not swallow the log', () => {
  const stripper = new Stripper();
  stripper.take('\x1b]0;');
  let text = '';
  for (let i = 0; i < 100; ++i) text += stripper.take('x'.repeat(100));
  assert.ok(text.length > 5000);
});

test('the last lines are kept, and a return begins its line anew', () => {
  const log = new LogLines(3);
  log.take('a\nb\nc\nd\n10%\r20');
  log.take('%\r');
  assert.deepEqual(log.lines(), ['b', 'c', 'd', '20%']);
  log.take('30%\r\ne');
  assert.deepEqual(log.lines(), ['c', 'd', '30%', 'e']);
  assert.equal(log.left_out, 2);
});

test('the end of a log is found without knowing its size', async () => {
  for (const size of [0, 1, 199, 200, 201, 1000, 12_345, 5_000_000]) {
    let asked = 0;
    const offset = await tailOffset(async (at) => (++asked, at < size), 100);
    assert.ok(asked < 40);
    if (size <= 200) assert.equal(offset, 0);
    else assert.ok(size - offset >= 100 && size - offset <= 300, `${size}: ${offset}`);
  }
});
