// What is at a place of the map, in words.
import { common } from '../../i18n/common.ts';
import { number, percent } from '../../i18n/format.ts';
import { drained, lost, nodeName, type Picture } from '../../live/picture.ts';
import { jobStates } from '../../live/protocol.ts';
import { nodesIn } from '../../map/gang.ts';
import { cellOf, type Layout } from '../../map/layout.ts';
import { levels, type Place } from '../../map/place.ts';
import { text } from './text.ts';

export interface Described {
  title: string;
  state: string;
  job: number; // 0: none that the caller may see
  tenant: string;
  user: string;
}

// The last part of a place's name.
export function nameOf(picture: Picture, layout: Layout, place: Place): string {
  const { estate } = picture;
  const words = text.value;
  const index = place.at(-1);
  switch (place.length) {
    case levels.estate:
      return estate.name || common.value.pages.fleet;
    case levels.site:
      return estate.sites[index!]!.name;
    case levels.pool:
      return estate.pools[index!]!.path.split('/')[1]!;
    case levels.block:
      return words.block(index! + 1);
    case levels.rack:
      return words.rack(index! + 1);
    case levels.node:
      return nodeName(estate, estate.pools[place[1]!]!, nodesIn(layout, place)[0]);
    default:
      return words.gpu(index!);
  }
}

// As the map has it where there is room for it, and where there is little.
export function mapNames(picture: Picture, layout: Layout, place: Place): [long: string, short: string] {
  const name = nameOf(picture, layout, place);
  if (place.length === levels.pool) {
    const pool = picture.estate.pools[place[1]!]!;
    return [`${name}  ${pool.gpu_model ?? 'CPU'} · ${number(pool.nodes * Math.max(1, pool.gpus_per_node))}`, name];
  }
  return [name, place.length > levels.pool ? `${'brn'[place.length - 3]}${place.at(-1)! + 1}` : name];
}

export function describe(picture: Picture, layout: Layout, place: Place, seesNodes: boolean): Described {
  const out = { title: titleOf(picture, layout, place), state: '', job: 0, tenant: '', user: '' };
  if (place.length < levels.node) return { ...out, state: counted(picture, layout, place, seesNodes) };
  const [node] = nodesIn(layout, place);
  const cell = cellOf(layout, place);
  const ofNode = picture.nodeState[node]!;
  const words = text.value;
  const nodeState =
    ofNode === lost ? common.value.node.lost! : ofNode === drained ? common.value.node.drained! : common.value.node.ok!;
  if (cell === null) return { ...out, state: seesNodes ? nodeState : words.kinds.hidden };
  const id = picture.job[cell]!;
  const row = picture.jobs.get(id);
  const isWhole = id === 0 || picture.held[cell]! >= 1000;
  const state = [
    picture.sick[cell] ? words.failed : '',
    ofNode !== 0 ? nodeState : '',
    row
      ? common.value.state[jobStates[row[3]]!]
      : id
        ? words.inUse
        : seesNodes
          ? ofNode || picture.sick[cell]
            ? ''
            : words.idle
          : words.kinds.hidden,
    isWhole ? '' : words.held(percent(picture.held[cell]! / 1000)),
  ];
  const tenant = row && row[1] >= 0 ? picture.estate.tenants[row[1]]!.path : '';
  return { ...out, state: state.filter(Boolean).join(', '), job: id, tenant, user: row?.[4] ?? '' };
}

function titleOf(picture: Picture, layout: Layout, place: Place): string {
  if (place.length <= levels.pool)
    return place.length === levels.pool ? picture.estate.pools[place[1]!]!.path : nameOf(picture, layout, place);
  const node = nameOf(picture, layout, place.slice(0, levels.node));
  if (place.length === levels.node) return node;
  const last = nameOf(picture, layout, place);
  return place.length === levels.gpu
    ? `${node} ${last}`
    : `${picture.estate.pools[place[1]!]!.path} ${place
        .slice(2)
        .map((_, at) => nameOf(picture, layout, place.slice(0, at + 3)))
        .join(' ')}`;
}

// How much of a site, pool, block or rack is in use, of what the caller sees.
function counted(picture: Picture, layout: Layout, place: Place, seesNodes: boolean): string {
  const pools = place.length === 0 ? layout.poolsOf.flat() : place.length === 1 ? layout.poolsOf[place[0]!]! : null;
  const ranges = pools
    ? pools.map((pool) => nodesIn(layout, [picture.estate.pools[pool]!.site, pool]))
    : [nodesIn(layout, place)];
  let cells = 0;
  let held = 0;
  for (const [begin, end] of ranges) {
    for (let cell = picture.firstCell[begin]!; cell < picture.firstCell[end]!; ++cell, ++cells)
      if (picture.job[cell]) ++held;
  }
  const isOfNodes = place.length >= 2 && picture.estate.pools[place[1]!]!.unit === 'CPUs';
  const unit = isOfNodes ? text.value.nodes : common.value.gpus;
  return `${number(cells)} ${unit}, ${number(held)} ${seesNodes ? text.value.inUse : text.value.yours}`;
}
