// Frames a second and heap of the fleet page in headless Chromium without a GPU, while all of it is panned and zoomed
// and 1,000 things change each second: `node bench/frames.mjs [CHROMIUM]`.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

const outDir = mkdtempSync(join(tmpdir(), 'fleet-'));
await build({ logLevel: 'error', build: { outDir, emptyOutDir: true, rollupOptions: { input: 'bench/fleet.html' } } });
const server = await preview({ logLevel: 'error', build: { outDir }, preview: { port: 0 } });
const url = `${server.resolvedUrls.local[0]}bench/fleet.html?changes=1000`;
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info'],
});

for (const [width, height] of [
  [1280, 800],
  [1920, 1080],
  [3840, 2160],
]) {
  const page = await browser.newPage({ viewport: { width, height } });
  page.on('pageerror', (error) => console.error(error));
  const start = Date.now();
  await page.goto(url);
  await page.waitForSelector('.stage canvas');
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const shown = Date.now() - start;
  await page.waitForTimeout(1500);
  const measured = await page.evaluate(
    () =>
      new Promise((done) => {
        const canvas = document.querySelector('.stage canvas');
        const { left, top, width: w, height: h } = canvas.getBoundingClientRect();
        const gaps = [];
        const began = performance.now();
        let last = began;
        const wheel = (delta) =>
          canvas.dispatchEvent(
            new WheelEvent('wheel', {
              deltaY: delta,
              clientX: left + w / 3,
              clientY: top + h / 3,
              bubbles: true,
              cancelable: true,
            }),
          );
        const pointer = (name, x) =>
          canvas.dispatchEvent(
            new PointerEvent(name, {
              pointerId: 1,
              button: 0,
              clientX: left + x,
              clientY: top + h / 2,
              pointerType: 'pen',
            }),
          );
        canvas.setPointerCapture = () => undefined;
        pointer('pointerdown', w / 2);
        const turn = (now) => {
          const part = (now - began) / 10_000;
          gaps.push(now - last);
          last = now;
          if (part >= 1) return done({ gaps, heap: performance.memory.usedJSHeapSize });
          if (part < 0.5) pointer('pointermove', w / 2 + Math.sin(part * 40) * 100);
          else if (part < 0.52) pointer('pointerup', w / 2);
          else wheel(Math.sin((part - 0.52) * 30) > 0 ? -12 : 12);
          requestAnimationFrame(turn);
        };
        requestAnimationFrame(turn);
      }),
  );
  const gaps = measured.gaps.slice(1).sort((a, b) => a - b);
  const rate = (1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0);
  console.log(
    `${width}x${height}: shown after ${shown} ms; ${rate.toFixed(1)} frames/s, p50 ${gaps[gaps.length >> 1].toFixed(1)} ms, ` +
      `p95 ${gaps[Math.floor(gaps.length * 0.95)].toFixed(1)} ms, worst ${gaps.at(-1).toFixed(0)} ms; heap ${(measured.heap / 1e6).toFixed(0)} MB`,
  );
  await page.close();
}
await browser.close();
await server.close();
