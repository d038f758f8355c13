/** One page of a list, with what the API says about the rest of it. */
export type Page<Item> = {
  data: Item[];
  hasMore?: boolean;
  nextCursor?: string | null;
  pagination?: { page: number; limit: number; total: number; pages: number };
};

/**
 * A list that was asked for: `await` gives its first page, `for await` every item of every page, fetched as needed.
 */
export class List<Item> implements PromiseLike<Page<Item>>, AsyncIterable<Item> {
  readonly #fetchPage: (more: Record<string, unknown>) => Promise<Page<Item>>;
  #first: Promise<Page<Item>> | undefined;

  constructor(fetchPage: (more: Record<string, unknown>) => Promise<Page<Item>>) {
    this.#fetchPage = fetchPage;
  }

  // biome-ignore lint/suspicious/noThenProperty: a list is awaited like the answer of any other call
  then<Result = Page<Item>, Refusal = never>(
    fulfilled?: ((page: Page<Item>) => Result | PromiseLike<Result>) | null,
    rejected?: ((reason: unknown) => Refusal | PromiseLike<Refusal>) | null,
  ): Promise<Result | Refusal> {
    this.#first ??= this.#fetchPage({});
    return this.#first.then(fulfilled, rejected);
  }

  async *pages(): AsyncGenerator<Page<Item>> {
    let page = await this.then((first) => first);
    yield page;
    for (let more = nextOf(page); more; more = nextOf(page)) {
      page = await this.#fetchPage(more);
      yield page;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    for await (const page of this.pages()) yield* page.data;
  }
}

function nextOf({ nextCursor, pagination }: Page<unknown>): Record<string, unknown> | undefined {
  if (nextCursor) return { cursor: nextCursor };
  if (pagination && pagination.page < pagination.pages) return { page: pagination.page + 1 };
  return undefined;
}
