// A server that says nothing, and does not go away either.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { isLive, isStale, launch, Person } from './lib/browser.ts';
import { inBrowser } from './lib/need.ts';
import { Server } from './lib/server.ts';
import { Wire } from './lib/wire.ts';

inBrowser(
  'silence',
  () => {
    let browser: Browser;
    before(async () => {
      browser = await launch();
    });
    after(() => browser?.close());

    test('a server that stands still is told of within twenty seconds, and followed when it goes on', async (t) => {
      const server = await Server.start();
      t.after(() => server.close());
      const person = await Person.comeSignedIn(browser, server.address, server.token);
      const page = await person.open('/queue');
      await isLive(page);
      server.freeze();
      const frozen = Date.now();
      await isStale(page, 20_000);
      assert.ok(Date.now() - frozen > 5_000, 'not before a beat is missed');
      server.thaw();
      await isLive(page);
      await person.leave();
    });

    test('so is a connection that is cut without a word, and a new one is found', async (t) => {
      const server = await Server.start();
      const wire = await Wire.to(server.port);
      t.after(() => {
        wire.close();
        return server.close();
      });
      const person = await Person.comeSignedIn(browser, wire.address, server.token);
      const page = await person.open('/queue');
      await isLive(page);
      wire.cut();
      await isStale(page, 20_000);
      wire.mend();
      // Connections that the browser kept are dead too, and it tries them first.
      await isLive(page, 60_000);
      await person.leave();
    });
  },
  true,
);
