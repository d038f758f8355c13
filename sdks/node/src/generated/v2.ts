// Printed by `npm run generate` from the contract; not to be changed by hand.
import type { Contract, RequestOptions } from '../operation.ts';

export type Error = { "error": { "code": string; "message": string; /** The parameter or field it is about. */ "param": string | null; "requestId": string; }; };

export type User = { "id": string; "email": string; "name": string; "status": "active" | "inactive" | "pending" | "archived"; "plan": "free" | "starter" | "pro" | "enterprise"; /** Your own keys and values. */ "metadata": Record<string, unknown>; /** ISO 8601, UTC. */ "createdAt": string; };

export interface V2Resources {
  v2: {
    /** Get a user. */
    users(userId: string, options?: RequestOptions): Promise<User>;
  };
}

export const v2Contract: Contract = {
  opaque: new Set(["metadata"]),
  resources: {
    v2: {
      users: {"method":"GET","path":"/v2/users/{user_id}"},
    },
  },
};
