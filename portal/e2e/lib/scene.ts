// The village with its jobs, and a browser, for the tests of one file.
import { after, before } from 'node:test';
import type { Browser } from 'playwright-core';
import { launch } from './browser.ts';
import { fill, openCall, village, type Jobs, type Village } from './village.ts';

interface Scene {
  here: Village;
  jobs: Jobs;
  browser: Browser;
}

// To be called within `inBrowser`; what is in it is there from the first test on.
export function scene(): Scene {
  const it = {} as Scene;
  before(async () => {
    [it.here, it.browser] = await Promise.all([village(), launch()]);
    await openCall(it.here);
    it.jobs = await fill(it.here);
  });
  after(async () => {
    await it.browser?.close();
    await it.here?.server.close();
  });
  return it;
}
