export const BACKORDER_POLICIES = ['deny', 'allow'] as const;

/** How an organisation promises stock (G-35). */
export interface InventorySettings {
  version: number;
  /** Whether an order may be confirmed for more than is available. */
  backorder: (typeof BACKORDER_POLICIES)[number];
  /** How long a draft holds its stock; 0 means that drafts hold none. */
  draftHoldMinutes: number;
}

export type InventorySettingsPatch = Partial<Omit<InventorySettings, 'version'>>;

/** Of an organisation that has never set anything. */
export const DEFAULT_SETTINGS: InventorySettings = { version: 0, backorder: 'deny', draftHoldMinutes: 0 };
