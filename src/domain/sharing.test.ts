import { expect, test } from 'vitest';
import { openShared, type Sharing } from './sharing.ts';

interface Resource {
  readonly id: number;
  readonly version: number;
  close(): Promise<void>;
}

/** A kind of resource that counts what happens to it. */
function createKind() {
  const events: string[] = [];
  const gates: { readonly open: () => void }[] = [];
  let opened = 0;
  let version = 0;
  const sharing = (more: Partial<Sharing<Resource>> = {}): Sharing<Resource> => ({
    async open() {
      opened++;
      const id = opened;
      events.push(`open ${id}`);
      return {
        id,
        version,
        async close() {
          events.push(`closing ${id}`);
          const { promise, resolve } = Promise.withResolvers<void>();
          gates.push({ open: resolve });
          await promise;
          events.push(`closed ${id}`);
        },
      };
    },
    async adapt(resource) {
      version++;
      return { ...resource, version };
    },
    ...more,
  });
  return { events, gates, sharing };
}

let names = 0;
const freshName = () => `resource ${++names}`;

test('is opened once and closed by its last user', async () => {
  const { events, gates, sharing } = createKind();
  const name = freshName();
  const [first, second] = await Promise.all([openShared(name, sharing()), openShared(name, sharing())]);
  const third = await openShared(name, sharing());
  expect([first, second, third].map(({ id, version }) => [id, version])).toEqual([
    [1, 0],
    [1, 1],
    [1, 2],
  ]);
  await first.close();
  await first.close();
  await second.close();
  expect(events).toEqual(['open 1']);
  const closed = third.close();
  await expect.poll(() => gates.length).toBe(1);
  gates[0]?.open();
  await closed;
  expect(events).toEqual(['open 1', 'closing 1', 'closed 1']);
});

test('is opened anew when the close that has begun is done', async () => {
  const { events, gates, sharing } = createKind();
  const name = freshName();
  const first = await openShared(name, sharing());
  const closed = first.close();
  const [second, third] = [openShared(name, sharing()), openShared(name, sharing())];
  await expect.poll(() => gates.length).toBe(1);
  gates[0]?.open();
  await closed;
  expect([(await second).id, (await third).id]).toEqual([2, 2]);
  expect(events).toEqual(['open 1', 'closing 1', 'closed 1', 'open 2']);
});

test('that can not be opened is opened by the next user', async () => {
  const { sharing } = createKind();
  const name = freshName();
  const open = () => Promise.reject(new Error('no disk'));
  const tries = [1, 2, 3].map(() => openShared(name, sharing({ open })));
  for (const each of tries) await expect(each).rejects.toThrow('no disk');
  expect((await openShared(name, sharing())).id).toBe(1);
});

test('that can not be adapted stays as the others have it', async () => {
  const { gates, events, sharing } = createKind();
  const name = freshName();
  const first = await openShared(name, sharing());
  const adapt = () => Promise.reject(new Error('a wrong configuration'));
  await expect(openShared(name, sharing({ adapt }))).rejects.toThrow('a wrong configuration');
  const second = await openShared(name, sharing());
  expect([second.id, second.version]).toEqual([1, 1]);
  await second.close();
  const closed = first.close();
  await expect.poll(() => gates.length).toBe(1);
  gates[0]?.open();
  await closed;
  expect(events).toEqual(['open 1', 'closing 1', 'closed 1']);
});

test('has nothing to do with one of another name', async () => {
  const { sharing } = createKind();
  const all = await Promise.all([openShared(freshName(), sharing()), openShared(freshName(), sharing())]);
  expect(all.map(({ id }) => id)).toEqual([1, 2]);
});
