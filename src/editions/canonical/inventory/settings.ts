import { Type } from 'typebox';
import { isSingle } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import { enumOf, nonNegativeInteger, object, optional } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { BACKORDER_POLICIES, type Inventory, type InventorySettings } from '#modules/inventory/index.ts';

const SettingsPatch = object({
  backorder: optional(
    enumOf(BACKORDER_POLICIES, { description: '`allow` confirms orders for more than is available; the rest waits.' }),
  ),
  draft_hold_minutes: optional(
    nonNegativeInteger({ max: 43_200, description: 'How long a draft holds its stock; 0 means not at all.' }),
  ),
});

const SettingsView = Type.Object(
  { backorder: Type.Enum([...BACKORDER_POLICIES]), draft_hold_minutes: Type.Integer() },
  { $id: 'InventorySettings' },
);

function settingsView({ backorder, draftHoldMinutes }: InventorySettings) {
  return { backorder, draft_hold_minutes: draftHoldMinutes };
}

/** /inventory/settings: how stock is promised (G-35). */
export function inventorySettingsOperations(inventory: Inventory): Operation[] {
  const get = operation({
    id: 'inventory_settings.get',
    method: 'GET',
    path: '/inventory/settings',
    summary: 'Get the settings of the inventory',
    description: 'How your organisation promises stock in this mode.',
    access: { scope: 'inventory:read' },
    responses: { 200: { description: 'The settings.', schema: SettingsView } },
    errors: ['bad_request'],
    async handle({ tenant }) {
      if (!isSingle(tenant)) throw new DomainError('bad_request', 'Send `X-Organization-Id` to say whose settings.');
      const settings = await inventory.getSettings(tenant);
      return ok(settingsView(settings), settings.version);
    },
  });

  const update = operation({
    id: 'inventory_settings.update',
    method: 'PATCH',
    path: '/inventory/settings',
    summary: 'Change the settings of the inventory',
    description: 'Counts for orders that are created or confirmed from now on.',
    access: { scope: 'inventory:write' },
    body: SettingsPatch,
    responses: { 200: { description: 'The changed settings.', schema: SettingsView } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, body }) {
      const patch = {
        backorder: body.backorder ?? undefined,
        draftHoldMinutes: body.draft_hold_minutes ?? undefined,
      };
      const settings = await inventory.updateSettings(context, patch);
      return ok(settingsView(settings), settings.version);
    },
  });

  return [get, update];
}
