import type { CommandContext } from '#kernel/context.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { PersonalDataHolder } from '#modules/customers/index.ts';
import type { Modules } from './modules.ts';
import type { Runtime } from './runtime.ts';

/**
 * Who else keeps something about a customer, in the order in which the erasure asks (C-89). The modules come later than the
 * customers; by the time somebody is erased they are there.
 */
export function personalDataHolders(
  modules: () => Pick<Modules, 'orders' | 'shipping' | 'payments' | 'webhooks' | 'notifications' | 'bulk'>,
  runtime: Runtime,
): PersonalDataHolder[] {
  const ofEach =
    (work: (context: CommandContext, id: CustomerId) => Promise<void>): PersonalDataHolder['erase'] =>
    async (context, { customerIds }) => {
      for (const id of customerIds) await work(context, id);
    };
  return [
    { name: 'orders', erase: ofEach((context, id) => modules().orders.eraseDetails(context, id)) },
    { name: 'shipping', erase: ofEach((context, id) => modules().shipping.eraseAddresses(context, id)) },
    {
      name: 'payments',
      erase: (context, { customerIds }) => modules().payments.eraseMethods(context, customerIds),
    },
    {
      name: 'notifications',
      async erase(context, { emailAddresses }) {
        await modules().notifications.eraseMailsTo(context, await emailAddresses());
      },
    },
    { name: 'bulk', erase: ({ tenant }) => modules().bulk.erasePersonalFiles(tenant) },
    {
      name: 'webhooks',
      erase: ({ tenant }, { customerIds }) => modules().webhooks.eraseMessages(tenant, customerIds),
    },
    { name: 'answers', erase: ({ tenant }, { customerIds }) => runtime.forgetAnswers(tenant, customerIds) },
  ];
}
