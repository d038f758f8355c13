import PDFDocument from 'pdfkit';
import { type Barcode, code128, QUIET_MODULES } from './barcode.ts';
import { FONT_FILE } from './font.ts';
import type { LabelPage } from './label.ts';

/** 4 × 6 inches in points, what label printers take. */
const PAGE = { width: 288, height: 432 };
const MARGIN = 12;
const WIDTH = PAGE.width - 2 * MARGIN;
/** No wider than a module of 15 mil: scanners read wider ones no better. */
const MODULE_MAX = 1.08;

type Box = { top: number; height: number; largest: number; smallest: number };

const BOXES = {
  carrier: { top: 12, height: 24, largest: 20, smallest: 20 },
  from: { top: 42, height: 76, largest: 8, smallest: 4.4 },
  to: { top: 130, height: 128, largest: 14, smallest: 5 },
  facts: { top: 266, height: 22, largest: 8, smallest: 6 },
  customs: { top: 290, height: 36, largest: 7, smallest: 3.8 },
  number: { top: 400, height: 14, largest: 11, smallest: 6 },
  shipment: { top: 416, height: 8, largest: 6, smallest: 6 },
} as const satisfies Record<string, Box>;
const BARS = { top: 330, height: 66 };

/** The labels as one PDF, a page each, with bars as vectors. The same shipment always gives the same bytes. */
export function labelPdf(pages: readonly LabelPage[], createdAt: string): Promise<Buffer> {
  const document = new PDFDocument({
    size: [PAGE.width, PAGE.height],
    margin: 0,
    autoFirstPage: false,
    info: { Title: `Label ${pages[0]!.trackingNumber}`, CreationDate: new Date(createdAt) },
  });
  document.registerFont('label', FONT_FILE);
  const barcode = code128(pages[0]!.trackingNumber);
  for (const page of pages) drawPage(document, page, barcode);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    document.on('data', (chunk: Buffer) => chunks.push(chunk));
    document.on('end', () => resolve(Buffer.concat(chunks)));
    document.on('error', reject);
    document.end();
  });
}

function drawPage(document: PDFKit.PDFDocument, page: LabelPage, barcode: Barcode): void {
  document.addPage();
  document.font('label').fillColor('black');
  write(document, BOXES.carrier, [page.carrier]);
  write(document, BOXES.from, ['From', ...page.from]);
  write(document, BOXES.to, ['To', ...page.to]);
  write(document, BOXES.facts, page.facts);
  write(document, BOXES.customs, page.customs);
  for (const top of [38, 124, 262]) {
    document.rect(MARGIN, top, WIDTH, 0.75).fill('black');
  }
  drawBars(document, barcode);
  write(document, BOXES.number, [page.trackingNumber], 'center');
  write(document, BOXES.shipment, [page.shipmentId], 'center');
}

/** Writes lines as large as they fit, wrapping those that are too long. */
function write(
  document: PDFKit.PDFDocument,
  box: Box,
  lines: readonly string[],
  align: 'left' | 'center' = 'left',
): void {
  if (lines.length === 0) return;
  const text = lines.join('\n');
  let size = box.largest;
  while (size > box.smallest && document.fontSize(size).heightOfString(text, { width: WIDTH }) > box.height)
    size -= 0.2;
  document.fontSize(size).text(text, MARGIN, box.top, { width: WIDTH, align });
}

function drawBars(document: PDFKit.PDFDocument, { widths, modules }: Barcode): void {
  const module = Math.min(MODULE_MAX, PAGE.width / (modules + 2 * QUIET_MODULES));
  let left = (PAGE.width - modules * module) / 2;
  widths.forEach((width, index) => {
    if (index % 2 === 0) document.rect(left, BARS.top, width * module, BARS.height);
    left += width * module;
  });
  document.fill('black');
}
