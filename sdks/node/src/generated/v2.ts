import type { Contract } from '../operation.ts';
export interface V2Resources { users: object }
export const v2Contract: Contract = { opaque: new Set(), resources: {} };
