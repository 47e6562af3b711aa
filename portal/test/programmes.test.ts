import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromMicro, micro, partOf, sumCredits } from '../src/api/credits.ts';
import { hasRoleIn, isWithin } from '../src/app/roles.ts';
import { bodyOf } from '../src/pages/programmes/application.ts';
import { hintsOf } from '../src/pages/programmes/hints.ts';
import { elapsedPart, paceOf } from '../src/pages/programmes/pace.ts';
import { titleOf } from '../src/pages/programmes/step_title.ts';

test('credits are counted to the last millionth', () => {
  assert.equal(sumCredits(['0.1', '0.2', '-0.3']), '0');
  assert.equal(sumCredits(['9007199254740993', '0.000001']), '9007199254740993.000001');
  assert.equal(fromMicro(micro('-0.5')), '-0.5');
  assert.equal(micro('abc'), 0n);
});

test('a part of nothing is nothing', () => {
  assert.equal(partOf('1', '0'), 0);
  assert.equal(partOf('1', '4'), 0.25);
});

test('time passes from 0 to 1, and no further', () => {
  const [from, to] = ['2026-11-01T00:00:00Z', '2026-11-11T00:00:00Z'];
  const at = (text: string) => elapsedPart(from, to, Date.parse(text));
  assert.equal(at('2026-10-31T00:00:00Z'), 0);
  assert.equal(at('2026-11-06T00:00:00Z'), 0.5);
  assert.equal(at('2026-12-01T00:00:00Z'), 1);
});

test('a term without length has passed when it is reached', () => {
  const at = '2026-11-01T00:00:00Z';
  assert.equal(elapsedPart(at, at, Date.parse(at) - 1), 0);
  assert.equal(elapsedPart(at, at, Date.parse(at)), 1);
});

test('who has used less than an even pace would is behind', () => {
  const award = {
    from: '2026-11-01T00:00:00Z',
    to: '2026-11-11T00:00:00Z',
    awarded: '100',
    used: '10',
    even_use: '50',
  };
  const now = Date.parse('2026-11-06T00:00:00Z');
  assert.deepEqual(paceOf(award, now), { used: 0.1, even: 0.5, elapsed: 0.5, isBehind: true });
  assert.equal(paceOf({ ...award, used: '50' }, now).isBehind, false);
});

const call = `call: spring
kinds:
- {name: H200, cards: 160, per_server: 8, cap: 64, price: 3000000}
- {name: B200, cards: 96}
classes: [academia, industry, research]
regions:
  capital: [seoul, gyeonggi]
  outside: [busan]
tags: [n-up, youth]
months: 12
sizes:
- {name: large, from: {H200: 48}}
`;

test('a call offers its kinds, classes and regions to who applies', () => {
  assert.deepEqual(hintsOf(call), {
    kinds: ['H200', 'B200'],
    classes: ['academia', 'industry', 'research'],
    regions: ['seoul', 'gyeonggi', 'busan'],
    months: 12,
  });
});

test('kinds in one line, classes as a list, JSON, or nothing that is known', () => {
  const block = hintsOf('call: a\nkinds: [{name: emulated, cards: 4, cap: 2}]\nclasses:\n- one\n- two\n');
  assert.deepEqual([block.kinds, block.classes, block.months], [['emulated'], ['one', 'two'], null]);
  const json = hintsOf('{"call": "a", "kinds": [{"name": "H200", "cards": 4}], "classes": ["x"], "months": 3}');
  assert.deepEqual([json.kinds, json.classes, json.months], [['H200'], ['x'], 3]);
  assert.deepEqual(hintsOf('?'), { kinds: [], classes: [], regions: [], months: null });
});

test('what is left empty in the form is not sent', () => {
  const empty = { region: '', project: '', tags: '', months: '', least: '' };
  const wish = {
    name: 'A1',
    organisation: 'KAIST',
    class: 'academia',
    asks: [{ kind: 'H200', cards: '64' }],
    ...empty,
  };
  assert.deepEqual(bodyOf(wish), { name: 'A1', organisation: 'KAIST', class: 'academia', asks: [{ H200: 64 }] });
  const full = { ...wish, tags: 'n-up, youth', months: '6', asks: [...wish.asks, { kind: '', cards: '' }] };
  assert.deepEqual(bodyOf(full).tags, ['n-up', 'youth']);
  assert.equal(bodyOf(full).months, 6);
  assert.deepEqual(bodyOf(full).asks, [{ H200: 64 }]);
});

test('a step is known by the longest beginning that fits', () => {
  const known = ['appeal', 'appeal granted', 'first notice', 'lot'];
  assert.equal(titleOf('first notice: used 0.1 of at least 2', known), 'first notice');
  assert.equal(titleOf('appeal granted', known), 'appeal granted');
  assert.equal(titleOf('appeal', known), 'appeal');
  assert.equal(titleOf('lottery', known), null);
});

test('a grant of a role is for its tenant and all below', () => {
  assert.equal(isWithin('nipa/large', 'nipa'), true);
  assert.equal(isWithin('nipa-2', 'nipa'), false);
  assert.equal(isWithin('nipa', undefined), true);
  assert.equal(hasRoleIn([{ role: 'programme', tenant: 'nipa/large' }], 'nipa/large/arm', 'programme'), true);
  assert.equal(hasRoleIn([{ role: 'programme', tenant: 'nipa/large' }], 'nipa', 'programme'), false);
  assert.equal(hasRoleIn([{ role: 'member', tenant: 'nipa' }], 'nipa', 'programme'), false);
});
