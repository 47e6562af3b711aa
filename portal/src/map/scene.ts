// One canvas with the map of an estate: draws it when something has changed, and moves what it shows.
import type { Picture } from '../live/picture.ts';
import { childrenOf, frameOf, isThere, layoutOf, placeAt, rectOf, type Layout } from './layout.ts';
import type { Colours } from './colours.ts';
import { drawOverlay } from './overlay.ts';
import { groundOf, groundWordsOf, type Look } from './palette.ts';
import { isSame, type Place } from './place.ts';
import type { Rect } from './rect.ts';
import { Raster } from './raster.ts';
import { between, clamp, fit, isFilledBy, pan, zoomAbout, type Size, type View } from './view.ts';

export interface SceneOptions {
  look: Look;
  namesOf: (place: Place) => [long: string, short: string];
  onMove: (at: Place) => void; // the view came to rest, and shows this
}

const aspects = [0.45, 0.6, 0.8, 1, 1.25, 1.6, 2, 2.6, 3.4];
const nearest = 150; // px of a GPU
const rest = 250; // ms

export class Scene {
  layout: Layout;
  view: View = { x: 0, y: 0, scale: 1 };
  size: Size = { width: 1, height: 1 };
  at: Place = [];
  frames = 0;
  private aspect = 0;
  private readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  private readonly picture: Picture;
  private readonly colours: Colours;
  private readonly raster = new Raster();
  private image: ImageData | null = null;
  private options: SceneOptions;
  private selected: Place | null = null;
  private pointed: Place | null = null;
  private frame = 0;
  private way: { from: View; to: View; start: number; ms: number } | null = null;
  private restTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(canvas: HTMLCanvasElement, picture: Picture, colours: Colours, options: SceneOptions) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d', { alpha: false })!;
    this.picture = picture;
    this.colours = colours;
    this.options = options;
    this.layout = layoutOf(picture.estate, 1.6);
  }

  // The layout follows the shape of the window, in steps, so that it does not change with each pixel.
  resize(width: number, height: number, ratio: number): void {
    if (width < 1 || height < 1) return;
    const middle = {
      x: this.view.x + this.size.width / this.view.scale / 2,
      y: this.view.y + this.size.height / this.view.scale / 2,
    };
    this.size = { width, height };
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.raster.resize(this.canvas.width, this.canvas.height, new Uint32Array(this.image.data.buffer));
    const shape = width / height;
    const aspect = aspects.reduce((best, one) =>
      Math.abs(Math.log(one / shape)) < Math.abs(Math.log(best / shape)) ? one : best,
    );
    const { scale } = this.view;
    const around = { x: middle.x - width / scale / 2, y: middle.y - height / scale / 2, scale };
    const isNew = aspect !== this.aspect;
    if (isNew) this.layout = layoutOf(this.picture.estate, aspect);
    this.aspect = aspect;
    this.view =
      isNew || this.at.length === 0 ? this.viewOf(this.at) : clamp(around, this.layout, this.size, this.mostScale());
    this.way = null;
    this.draw();
  }

  dress(look: Look): void {
    this.options.look = look;
    this.invalidate();
  }

  mark(selected: Place | null, pointed: Place | null): void {
    if (isSame(selected, this.selected) && isSame(pointed, this.pointed)) return;
    this.selected = selected;
    this.pointed = pointed;
    this.invalidate();
  }

  invalidate(): void {
    this.frame ||= requestAnimationFrame((now) => {
      this.frame = 0;
      this.step(now);
      this.draw();
    });
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    if (this.restTimer) clearTimeout(this.restTimer);
  }

  placeAt(x: number, y: number): Place {
    return placeAt(this.layout, this.view.x + x / this.view.scale, this.view.y + y / this.view.scale);
  }

  childrenOf(place: Place): Place[] {
    return childrenOf(this.layout, place);
  }

  rectOf(place: Place): Rect {
    return rectOf(this.layout, place);
  }

  isThere(place: Place): boolean {
    return isThere(this.layout, place);
  }

  goTo(place: Place, isAtOnce = false): void {
    if (!this.isThere(place)) return;
    this.at = place;
    if (this.restTimer) clearTimeout(this.restTimer);
    this.moveTo(this.viewOf(place), isAtOnce ? 0 : 450);
  }

  zoom(factor: number, x: number, y: number, ms = 0): void {
    this.moveTo(zoomAbout(this.target, x, y, factor), ms);
    this.toRest();
  }

  pan(dx: number, dy: number, ms = 0): void {
    this.moveTo(pan(this.target, dx, dy), ms);
    this.toRest();
  }

  // Where it goes, or is.
  private get target(): View {
    return this.way?.to ?? this.view;
  }

  private moveTo(view: View, ms: number): void {
    const to = clamp(view, this.layout, this.size, this.mostScale());
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (ms === 0 || isStill) {
      this.view = to;
      this.way = null;
    } else {
      this.way = { from: this.view, to, start: performance.now(), ms };
    }
    this.invalidate();
  }

  private step(now: number): void {
    if (!this.way) return;
    const { from, to, start, ms } = this.way;
    const part = Math.max(0, (now - start) / ms);
    this.view = between(from, to, part, this.size);
    if (part >= 1) this.way = null;
    else this.invalidate();
  }

  private viewOf(place: Place): View {
    const shown = this.isThere(place) ? place : [];
    return clamp(
      fit(frameOf(this.layout, shown), this.size, shown.length === 0 ? 0.005 : 0.03),
      this.layout,
      this.size,
      this.mostScale(),
    );
  }

  private mostScale(): number {
    return this.layout.pools.reduce(
      (most, pool) => Math.max(most, pool ? nearest / Math.min(pool.grid[3].width, pool.grid[3].height) : 0),
      1,
    );
  }

  // Once nothing has moved for a while, what fills the view is where we are.
  private toRest(): void {
    if (this.restTimer) clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => {
      const middle = this.placeAt(this.size.width / 2, this.size.height / 2);
      let level = Math.min(middle.length, 5);
      while (level > 0 && !isFilledBy(this.rectOf(middle.slice(0, level)), this.view, this.size)) --level;
      this.at = middle.slice(0, level);
      this.options.onMove(this.at);
    }, rest);
  }

  private draw(): void {
    if (!this.image) return;
    if (this.frames++ === 0) performance.mark('fleet-drawn'); // for whoever measures
    const { look } = this.options;
    const ratio = this.canvas.width / this.size.width;
    const { x, y, scale } = this.view;
    this.raster.draw(this.layout, this.colours.pixels, { x, y, scale: scale * ratio }, groundWordsOf(look));
    this.context.putImageData(this.image, 0, 0);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawOverlay(this.context, {
      layout: this.layout,
      view: this.view,
      size: this.size,
      colours: groundOf(look),
      selected: this.selected,
      pointed: this.pointed,
      namesOf: this.options.namesOf,
    });
    this.context.setTransform(1, 0, 0, 1, 0, 0);
  }
}
