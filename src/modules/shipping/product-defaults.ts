import { DomainError, type ErrorDetail, invalidField } from '#kernel/errors.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { Product } from '#modules/catalog/index.ts';
import type { LineQuantity, Order } from '#modules/orders/index.ts';
import { PARCEL_MAX, type Parcel } from './quotes/parcel.ts';
import { type CustomsItem, isInternational, type NewCustoms } from './shipments/customs.ts';

/** What the catalogue knows of a thing that is shipped. */
export type Goods = Pick<Product, 'id' | 'weightGrams' | 'dimensions' | 'hsCode' | 'countryOfOrigin' | 'name'>;

export interface Pieces {
  product: Goods;
  quantity: number;
}

/** So many pieces of a line of an order, with their price. */
export interface LinePieces extends Pieces {
  line: number;
  unitPrice: number;
}

/** A declaration as it is asked for: what is left out is what the catalogue and the order know. */
export interface CustomsRequest extends Partial<Omit<NewCustoms, 'items'>> {
  /** Every line of goods in the shipment when absent. */
  items?: (Partial<CustomsItem> & { line?: number | null })[] | null;
}

/** The goods among the lines of a shipment: services travel on no parcel and over no border. */
export function goodsIn(
  order: Order,
  lines: readonly LineQuantity[],
  products: ReadonlyMap<ProductId, Goods>,
): LinePieces[] {
  return lines.flatMap(({ line, quantity }) => {
    const item = order.items.find((each) => each.line === line);
    const product = item?.tracksStock ? products.get(item.productId) : undefined;
    return product ? [{ line, quantity, unitPrice: item!.unitPrice, product }] : [];
  });
}

/**
 * One box for everything: the pieces lie flat and are stacked, on the largest of their bases. Null when the weight or a
 * side of one is not known, or when the box would be no parcel any more.
 */
export function parcelFor(pieces: readonly Pieces[]): Parcel | null {
  if (pieces.length === 0) return null;
  const box: Parcel = { weightGrams: 0, lengthMm: 0, widthMm: 0, heightMm: 0 };
  for (const { product, quantity } of pieces) {
    const { weightGrams, dimensions } = product;
    if (!weightGrams || !dimensions) return null;
    const sides = [dimensions.lengthMm, dimensions.widthMm, dimensions.heightMm].sort((a, b) => b - a);
    box.weightGrams += weightGrams * quantity;
    box.lengthMm = Math.max(box.lengthMm, sides[0]!);
    box.widthMm = Math.max(box.widthMm, sides[1]!);
    box.heightMm += sides[2]! * quantity;
  }
  const isParcel = box.weightGrams <= PARCEL_MAX.weightGrams && box.heightMm <= PARCEL_MAX.sideMm;
  return isParcel ? box : null;
}

/** Errors: `validation`, naming what is missing and where it may be set. */
export function requiredParcelFor(pieces: readonly Pieces[]): Parcel {
  const box = parcelFor(pieces);
  if (box) return box;
  const lacking = pieces.find(({ product }) => !product.weightGrams || !product.dimensions);
  const message = lacking
    ? `The product ${lacking.product.id} has no weight or no dimensions; set both (PATCH /products/${lacking.product.id}), or send \`parcels\`.`
    : 'These pieces do not fit into one parcel; send `parcels`.';
  throw invalidField('parcels', 'required', message);
}

interface Declared {
  goods: readonly LinePieces[];
  currency: Currency;
  from: string | null;
  to: string | null;
}

/**
 * The declaration of a shipment. Without a request there is one when goods cross a border and the catalogue knows
 * enough of them; whether one is needed is decided elsewhere. Errors: `validation` for each value that nobody knows.
 */
export function declarationOf(request: CustomsRequest | null | undefined, known: Declared): NewCustoms | null {
  const { goods, currency, from, to } = known;
  if (!request) {
    if (!from || !to || !isInternational(from, to) || goods.length === 0) return null;
    const items = goods.map((each) => customsItem(each));
    return items.every(isComplete) ? { contents: 'sale', currency, items } : null;
  }
  const ofOrder = request.currency === undefined || request.currency === currency;
  const asked = request.items ?? goods.map(({ line }) => ({ line }));
  const details: ErrorDetail[] = [];
  const items = asked.map(({ line, ...item }, index) => {
    const pieces = goods.find((each) => each.line === line);
    if (line && !pieces) {
      const message = `No goods of line ${line} are in this shipment.`;
      details.push({ field: `customs.items[${index}].line`, code: 'not_found', message });
      return item as CustomsItem;
    }
    const defaults: Partial<CustomsItem> = pieces ? customsItem(pieces) : {};
    // A value in the order's currency says nothing in another one.
    if (!ofOrder) delete defaults.unitValue;
    const filled = { ...defaults, ...present(item) };
    for (const [field, name] of Object.entries(NEEDED)) {
      if (filled[field as keyof CustomsItem] === undefined) details.push(missing(index, name, pieces));
    }
    return filled as CustomsItem;
  });
  if (details.length > 0) throw new DomainError('validation', details[0]!.message, { details });
  return { contents: request.contents ?? 'sale', currency: request.currency ?? currency, items };
}

const NEEDED = {
  description: 'description',
  hsCode: 'hs_code',
  quantity: 'quantity',
  unitValue: 'unit_value',
  originCountry: 'origin_country',
} as const;

function customsItem({ product, quantity, unitPrice }: LinePieces): Partial<CustomsItem> {
  return present({
    description: product.name.slice(0, 100),
    hsCode: product.hsCode ?? undefined,
    quantity,
    unitValue: unitPrice > 0 ? unitPrice : undefined,
    originCountry: product.countryOfOrigin ?? undefined,
  });
}

function isComplete(item: Partial<CustomsItem>): item is CustomsItem {
  return Object.keys(NEEDED).every((field) => item[field as keyof CustomsItem] !== undefined);
}

function missing(index: number, name: string, pieces: LinePieces | undefined): ErrorDetail {
  const field = `customs.items[${index}].${name}`;
  const message = pieces
    ? `Neither this request nor the product ${pieces.product.id} has it; send it, or set it on the product.`
    : 'Send it, or the `line` of the order whose product has it.';
  return { field, code: 'required', message };
}

function present(item: Partial<CustomsItem>): Partial<CustomsItem> {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined && value !== null));
}
