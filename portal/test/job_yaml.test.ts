import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  durationText,
  emptyForm,
  formOf,
  memoryText,
  notTold,
  withChange,
  withQueryFields,
} from '../src/jobs/job_form.ts';
import { writeJob } from '../src/jobs/job_yaml.ts';
import { mistakesOf } from '../src/jobs/mistakes.ts';
import { block, scalar } from '../src/jobs/yaml.ts';

test('a small job is a small document', () => {
  assert.equal(
    writeJob({ ...emptyForm, name: 'hello', tenant: 'nipa/robot-arm', time_limit: '1h30m', script: 'echo hello\n' }),
    `name: hello
tenant: nipa/robot-arm
per_task: {gpus: 1}
time_limit: 1h30m
script: |
  echo hello
`,
  );
});

test('all that the form has is in the document', () => {
  const text = writeJob({
    ...emptyForm,
    name: 'finetune',
    tasks_min: '2',
    tasks_max: '4',
    gpus: '4',
    cpus: '48',
    memory: '400Gi',
    pools: ['naver-sejong/h200', 'a b/c'],
    within: 'block',
    segments_of: '2',
    priority: '-10',
    checkpoint_every: '10m',
    checkpoint_signal: 'USR2',
    after: '12, 13',
    after_kind: 'any',
    requeue: false,
    environment: 'MODE=full\nARGS=--a: b #c',
    script: 'python3 "$@"',
    arguments: ['--epochs', '3', 'a, b'],
  });
  assert.equal(
    text,
    `name: finetune
tasks: {min: 2, max: 4}
per_task: {gpus: 4, cpus: 48, memory: 400Gi}
pools: [naver-sejong/h200, "a b/c"]
within: block
segments: {of: 2, within: rack}
priority: -10
checkpoint: {every: 10m, signal: USR2}
after:
- {kind: any, job: 12}
- {kind: any, job: 13}
requeue: false
environment:
  MODE: full
  ARGS: "--a: b #c"
script: "python3 \\"$@\\""
arguments: ["--epochs", "3", "a, b"]
`,
  );
});

test('texts that would be something else are quoted', () => {
  for (const text of [
    'yes',
    'No',
    'null',
    'true',
    '~',
    '3',
    '1e3',
    '0x10',
    '',
    ' a',
    'a ',
    'a: b',
    'a #b',
    '- a',
    '{a}',
    '한글',
    '*x',
    '&x',
    '!x',
    '%x',
    '@x',
    '`x',
    "it's",
  ]) {
    assert.equal(scalar(text), JSON.stringify(text));
  }
  for (const text of ['hello', 'a/b', '/data/x.y', '90m', '7d', '900Gi', 'train_2-b']) assert.equal(scalar(text), text);
  assert.equal(scalar('a\x85b\u2028'), '"a\\u0085b\\u2028"');
});

test('a script is kept to the character', () => {
  assert.deepEqual(block('script', 'a\n\n  b\n'), ['script: |', '  a', '', '    b']);
  assert.deepEqual(block('script', 'a\nb'), ['script: |-', '  a', '  b']);
  assert.deepEqual(block('script', 'a\n\n\n'), ['script: |+', '  a', '', '']);
  assert.deepEqual(block('script', '  a\nb\n'), ['script: "  a\\nb\\n"'], 'its indentation could not be told');
  assert.deepEqual(block('script', 'a\r\nb\r\n'), ['script: "a\\r\\nb\\r\\n"']);
  assert.deepEqual(block('script', 'echo 두레 🐂\n'), ['script: |', '  echo 두레 🐂']);
});

test('a job comes back as the form', () => {
  const form = formOf({
    id: 7,
    state: 'ended',
    submitted: '2026-11-27T09:00:00Z',
    name: 'train',
    tenant: 'a/b',
    tasks: { min: 2, max: 4 },
    per_task: { gpus: 0.25, cpus: 2, memory_mib: 1536 },
    pools: ['s/p'],
    time_limit_s: 5400,
    script: 'x',
  });
  assert.equal(form.memory, '1536Mi');
  assert.match(writeJob(form), /tasks: \{min: 2, max: 4\}\nper_task: \{gpus: 0\.25, cpus: 2, memory: 1536Mi\}/);
  assert.match(writeJob(form), /time_limit: 1h30m/);
  assert.equal(durationText(86_400 + 61), '1d1m1s');
  assert.equal(memoryText(2048), '2Gi');
});

test('of a job that ended long ago it is said that its size is not known', () => {
  const old = { id: 7, state: 'ended', submitted: '2026-11-27T09:00:00Z', name: 'train', script: 'x' } as const;
  assert.ok(notTold(old).includes('per_task'));
  assert.ok(!notTold({ ...old, per_task: { gpus: 1 } }).includes('per_task'));
  assert.equal(writeJob(formOf(old)), 'name: train\nscript: x\n');
});

test('the address fills in fields, and nothing else', () => {
  const form = withQueryFields(emptyForm, new URLSearchParams('tasks=3&pools=a/x,a/y&hold=true&from=7&constructor=1'));
  assert.equal(form.tasks_min, '3');
  assert.deepEqual(form.pools, ['a/x', 'a/y']);
  assert.equal(form.hold, true);
  assert.deepEqual(Object.keys(form).sort(), Object.keys(emptyForm).sort());
});

test('what a plan proposes can be used', () => {
  const form = {
    ...emptyForm,
    gpus: '8',
    cpus: '9',
    memory: '3Gi',
    pools: ['s/a'],
    within: 'rack',
    tasks_min: '8',
    tasks_max: '16',
  };
  assert.deepEqual(withChange(form, { code: 'fewer_gpus', gpus: 4 }), {
    ...form,
    gpus: '4',
    cpus: '5',
    memory: '1536Mi',
  });
  assert.deepEqual(withChange(form, { code: 'fewer_tasks', tasks: 4 }), { ...form, tasks_min: '4' });
  assert.deepEqual(withChange(form, { code: 'wider', within: 'site' }), { ...form, within: '' });
  assert.deepEqual(withChange(form, { code: 'other_pool', pool: 's/b' })!.pools, ['s/a', 's/b']);
  assert.deepEqual(withChange(form, { code: 'shorter', time_limit_s: 5400 })!.time_limit, '1h30m');
  assert.equal(
    withChange({ ...form, pools: [] }, { code: 'other_pool', pool: 's/b' }),
    null,
    'it may lie anywhere already',
  );
  assert.equal(withChange(form, { code: 'after' }), null);
});

test('mistakes have their places', () => {
  assert.deepEqual(mistakesOf('job:4:6: tasks: found 41\njob 9 does not exist'), [
    { line: 4, column: 6, text: 'tasks: found 41' },
    { line: null, column: null, text: 'job 9 does not exist' },
  ]);
});
