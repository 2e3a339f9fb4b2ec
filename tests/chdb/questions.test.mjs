import {test} from 'node:test';

import {funnels} from './funnels.mjs';
import {retention} from './retention.mjs';
import {touches} from './touches.mjs';
import {trends} from './trends.mjs';
import {makeWorld} from './world.mjs';

test('the server and ClickHouse agree over one world', async (t) => {
  const world = await makeWorld(t);
  await trends(t, world);
  await funnels(t, world);
  await retention(t, world);
  await touches(t, world);
});
