import { Type } from 'typebox';
import { enumOf, id, object } from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { LABEL_FORMATS, type Shipping } from '#modules/shipping/index.ts';

const TYPES = { pdf: 'application/pdf', zpl: 'application/zpl' } as const;

/** /shipping/:id/label. */
export function labelOperations(shipping: Shipping): Operation[] {
  const label = operation({
    id: 'shipping.label',
    method: 'POST',
    path: '/shipping/:id/label',
    summary: 'Print the label of a shipment',
    description:
      'A label of 4 × 6 inches for each parcel, as a PDF or for label printers in ZPL, with the tracking number as a Code 128 barcode. Needs both addresses, in Latin, Greek or Cyrillic letters. The answer is the file itself.',
    access: { scope: 'shipping:write' },
    params: object({ id: id('shp') }),
    body: object({ format: enumOf(LABEL_FORMATS) }),
    responses: {
      200: {
        description: 'The label.',
        schema: Type.String({ format: 'binary' }),
        contentType: Object.values(TYPES),
      },
    },
    errors: ['invalid_state'],
    async handle({ tenant, params, body: { format } }) {
      const bytes = await shipping.createLabel(tenant, params.id, format);
      const disposition = `inline; filename="${params.id}.${format}"`;
      return {
        status: 200,
        raw: { bytes, contentType: TYPES[format] },
        headers: { 'content-disposition': disposition },
      };
    },
  });

  return [label];
}
