// Written by `npm run api` from openapi.json. Not edited by hand.

export interface paths {
    "/v1/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Applies documents, all or none. Applying the same again changes nothing; `dry_run=true` only says what would change. */
        post: {
            parameters: {
                query?: {
                    dry_run?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Documents"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AppliedList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists requests that concern the viewer: their own, those that they may decide or have, and everybody's for administrators and
         *     auditors. Without `state`: those that are pending.
         */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    /** @description only those that the viewer may decide now */
                    decidable?: string;
                    /** @description session or statement */
                    kind?: string;
                    /** @description such as 24h */
                    last?: string;
                    limit?: number;
                    /** @description by name */
                    resource?: string;
                    session?: string;
                    since?: string;
                    /** @description pending, approved, rejected, expired, revoked, error, or `all` */
                    state?: string;
                    until?: string;
                    /** @description who asks, by name */
                    user?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ApprovalList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals:{verb}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Votes on many requests; each is taken or not by itself. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description approve or deny */
                    verb: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["BulkVote"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BulkVoted"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives one request. Looking at a statement of somebody else's is on record. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ApprovalView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals/{id}:{verb}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Votes on a request. `verb` is `approve` or `deny`. It is decided when every tier has agreed, or when one reviewer denies; nobody
         *     votes twice, or on their own request.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    /** @description approve or deny */
                    verb: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["VoteBody"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ApprovalView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the audit log, newest first. For administrators and auditors. */
        get: {
            parameters: {
                query?: {
                    actor?: string;
                    cursor?: string;
                    /** @description a kind, or a noun with a dot such as `session.` */
                    kind?: string;
                    limit?: number;
                    object?: string;
                    session?: string;
                    since?: string;
                    text?: string;
                    until?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/checkpoint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Signs the audit log as it is now, and gives the signature: kept elsewhere, it shows later that nothing before it was changed or cut. For
         *     administrators and auditors.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a line of JSON; see docs/formats/audit.md */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hands out the audit log as a file, oldest first: JSON with an object on each line, or CSV. The whole log as JSON has the signatures between
         *     the lines and ends with one, so that `doorward audit verify FILE` checks it offline. The export itself is audited. For administrators
         *     and auditors.
         */
        get: {
            parameters: {
                query?: {
                    actor?: string;
                    /** @description jsonl (default) or csv */
                    as?: string;
                    kind?: string;
                    object?: string;
                    session?: string;
                    since?: string;
                    text?: string;
                    until?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Checks the chain of the whole audit log, with its signatures. For administrators and auditors. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditVerdict"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compares two recorded results, each named as `SESSION/WHICH` (see `/v1/sessions/{id}/results/{which}`). Rows are told apart by the
         *     columns in `key`, by the first column unless told.
         */
        get: {
            parameters: {
                query: {
                    key?: string;
                    left: string;
                    right: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Comparison"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what the viewer may reach, with each account and the command for a native client. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReachList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connect/{resource}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Carries one connection to a resource in the binary messages of a websocket; `doorward connect` speaks it. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    resource: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a websocket whose binary messages are the bytes of one connection */
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connect/{resource}/terminal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Opens a terminal on a resource: a session like any other, whose interface is `web_cli`.
         * @description Binary messages are its bytes, both ways. The gateway's text messages are `TerminalSays`, the browser's are `TerminalHears`. Whoever may
         *     not use the resource hears it in `end`, as the status of a refused websocket cannot be read in a browser.
         */
        get: {
            parameters: {
                query?: {
                    /** @description the rule's first one when absent */
                    account?: string;
                    cols?: string;
                    rows?: string;
                };
                header?: never;
                path: {
                    resource: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a websocket (subprotocol doorward.terminal.v1) */
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/database-passwords": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a password for clients of databases, which prove that they know it and do not send it where their protocol has a way to. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewDatabasePassword"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DatabasePasswordView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/facets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the values of a filter, also of users and resources that are gone, with the number of sessions that have each. Takes the
         *     filters of the list beside `column`; that of the column itself is not applied, so that its other values can be chosen too. Without
         *     `status` and time every session counts.
         */
        get: {
            parameters: {
                query: {
                    /** @description user, resource, type, gateway, account, secret_name, access_rule, profile, end_reason, client_interface or status */
                    column: string;
                    /** @description at most so many values: 1 to 1000, 50 by itself */
                    limit?: number;
                    /** @description the beginning of the values */
                    q?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FacetList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/factors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells what the viewer can prove who they are with, beside a password. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FactorsView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/factors/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Adds a passkey of the viewer. With the first second factor come recovery codes; other logins of the viewer end. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewPasskey"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RecoveryCodes"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/factors/passkeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes a passkey of the viewer away. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/factors/passkeys/begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Draws a challenge with which the viewer adds a passkey. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PasskeyWanted"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/factors/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replaces the viewer's recovery codes. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CodeBody"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RecoveryCodes"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/factors/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Draws a secret for an authenticator app. It counts once the app has shown a code. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewTotp"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/factors/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes the app in that shows its first code; gives recovery codes. Other logins of the viewer end. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CodeBody"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RecoveryCodes"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/factors/totp/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes the viewer's app away, with the recovery codes. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CodeBody"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the file operations of all sessions that the viewer may play, newest first. */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    limit?: number;
                    ok?: string;
                    op?: string;
                    /** @description text in the path, or in the new one of a rename */
                    path?: string;
                    protocol?: string;
                    since?: string;
                    until?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FileList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Answers when the gateway serves and its database answers. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Health"];
                    };
                };
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in with a name, a password and, where the person has a second factor, a code; the answer sets a cookie. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Credentials"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignedIn"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login/device": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins to let a program in. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DeviceWish"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DeviceCodesView"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login/device/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says which program waits behind a code, before it is let in. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    code: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DeviceView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login/device/{code}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets the program behind a code in, which acts as the viewer from then on. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    code: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login/device/{code}/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuses the program behind a code. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    code: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login/device/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives a program its token, once it was let in. While nobody has decided the answer is 400 with `authorization_pending`, or
         *     `slow_down` when it asks too often; `access_denied` and `expired_token` are the end (RFC 8628 §3.5).
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DeviceQuestion"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DeviceToken"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login/oidc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sends a browser to the identity provider. */
        get: {
            parameters: {
                query?: {
                    /** @description the page of the console to come back to */
                    next?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description to the identity provider */
                303: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login/oidc/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Takes a browser back from the identity provider, and signs in whom it vouches for. */
        get: {
            parameters: {
                query?: {
                    code?: string;
                    error?: string;
                    state?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description to the console, signed in or with the reason why not */
                303: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login/passkey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in with a passkey, which stands for password and second factor; the answer sets a cookie. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PasskeyAnswer"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignedIn"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login/passkey/begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Draws a challenge with which somebody signs in with a passkey. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PasskeyAsked"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login/service": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchanges the key of a service account for a short token. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["KeyExchange"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DeviceToken"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Signs out: ends the browser's login. With the token of a program that was let in with a browser, that token ends, and what was made
         *     with it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says who is signed in. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the gateways. For administrators and auditors. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NodeView"][];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/objects/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the objects of a kind. For administrators; auditors may read all but nothing secret is ever in here. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    kind: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ObjectList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/objects/{kind}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives one object. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    kind: string;
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ObjectView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Creates or changes one object. */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description the version that the caller has seen, in quotes; another one is answered with 412 */
                    "If-Match"?: string | null;
                };
                path: {
                    kind: string;
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ObjectBody"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AppliedView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        /** Deletes an object that no other names. Its history stays. */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description the version that the caller has seen, in quotes; another one is answered with 412 */
                    "If-Match"?: string | null;
                };
                path: {
                    kind: string;
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policy/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Holds a draft against the sessions and statements of a time, and lists those of which it says something else than what became of them. Who is in
         *     which group counts as it is now. The log says that it was looked at, and how much.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PolicyReplay"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PolicyReplayed"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policy/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Says what the rules say of a person on a resource, of a statement of theirs, and which rule decides. With documents, as if they were applied.
         *     Nothing is changed, and nobody is asked.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PolicyQuestion"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PolicyAnswer"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Opens a file session on a resource: a session like any other, whose interface is `web`.
         * @description It ends five minutes after its last request, by `DELETE`, and as every session does. Only who opened it, with the same sign-in, can use it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FilesWish"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FilesOpened"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/files/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads a folder. `after` is the `next` of the part before. */
        get: {
            parameters: {
                query?: {
                    after?: string;
                    /** @description the folder; the account's own when absent */
                    path?: string;
                };
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FileListing"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Ends a file session. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/files/{session}/{verb}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a folder, renames, or removes. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session: string;
                    /** @description `mkdir`, `rename` or `remove` */
                    verb: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FileChange"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/files/{session}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Fetches a file. */
        get: {
            parameters: {
                query: {
                    path: string;
                };
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description the file's content */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": unknown;
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Writes a file from the body, as it comes. 409 when there is one of that name, unless `overwrite` is true. */
        put: {
            parameters: {
                query: {
                    overwrite?: string;
                    path: string;
                };
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            /** @description the file's content */
            requestBody?: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FileWritten"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/files/{session}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says how a file session is, and keeps it open. It sends nothing to the resource, so that the profile's idle limit goes on. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FilesState"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/sql": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Opens a session for statements on a resource: a session like any other, whose interface is `web`.
         * @description It ends five minutes after its last request, by `DELETE`, and as every session does. Only who opened it, with the same sign-in, can use it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SqlWish"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SqlOpened"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/sql/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says how a session for statements is, and keeps it open. It sends nothing to the resource, so that the profile's idle limit goes on. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SqlState"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Ends a session for statements. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/sql/{session}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks the resource to stop what runs. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/sql/{session}/more": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reads the next rows of the result that is open. 409 `nothing_open` when it was given up. */
        post: {
            parameters: {
                query?: {
                    /** @description 500 unless told, 1000 at most */
                    rows?: string;
                };
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SqlPart"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/sql/{session}/names": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the names of the database that an editor completes. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SqlNames"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/sql/{session}/rest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reads the open result to its end without showing it, so that the recording has all of it; then it can leave as a file. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SqlPart"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/portal/sql/{session}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Runs a text. The answer comes as it happens, a document on each line; of each result it holds the first part. A request that is
         *     given up cancels what runs.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SqlText"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": components["schemas"]["SqlSays"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/query-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hands out the log of statements as a file: JSON with an object on each line, or CSV. Of one session oldest first; of all that the
         *     viewer may see newest first. Closed by `DISABLE_SESSIONS_DOWNLOAD=true`.
         */
        get: {
            parameters: {
                query?: {
                    /** @description jsonl (default) or csv */
                    as?: string;
                    resource?: string;
                    session?: string;
                    since?: string;
                    type?: string;
                    until?: string;
                    user?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recording-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives the public key that signs recordings, for `doorward verify` elsewhere. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a public key in PEM form */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-pem-file": unknown;
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks for access. The session that answers it waits for approval (`awaiting_approval`) or for its time (`scheduled`), or is
         *     `available` at once; it can be connected to more than once until `expires_at`.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AccessRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resource-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the protocols that resources can have. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ResourceType"][];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Finds what was done: all words must occur, words in double quotes must follow each other. The search itself is audited. */
        get: {
            parameters: {
                query: {
                    cursor?: string;
                    gateway?: string;
                    kind?: string;
                    limit?: number;
                    q: string;
                    session?: string;
                    since?: string;
                    type?: string;
                    until?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SearchList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists sessions. Without `status`: those that run now, of any age. `status=all`: every state, of the last 30 days unless a
         *     time is given. A session is in a window of time when it overlaps it.
         */
        get: {
            parameters: {
                query?: {
                    access_rule?: string;
                    account?: string;
                    client_interface?: string;
                    /** @description addresses or networks */
                    client_ip?: string;
                    correlation_id?: string;
                    /** @description exact, capped or none */
                    count?: string;
                    cursor?: string;
                    /** @description words such as user_disconnect, idle_timeout, admin_terminate */
                    end_reason?: string;
                    gateway?: string;
                    /** @description sessions of the group's members */
                    group?: string;
                    has_recording?: string;
                    /** @description such as 24h, or all */
                    last?: string;
                    limit?: number;
                    locked?: string;
                    profile?: string;
                    rerun_of?: string;
                    /** @description names or ids */
                    resource?: string;
                    /** @description where its approval stands: pending, approved, rejected, expired, revoked, error */
                    review?: string;
                    /** @description text in any visible column */
                    search?: string;
                    secret_name?: string;
                    since?: string;
                    /** @description field, with :asc or :desc */
                    sort?: string;
                    /** @description states or their aliases (active, connected, pending, closed, ended, …), or `all` */
                    status?: string;
                    ticket?: string;
                    /** @description protocols, or classes of them: terminal, database, desktop, web, cluster, network */
                    type?: string;
                    until?: string;
                    /** @description names or ids */
                    user?: string;
                    /** @description a saved view of the list, whose parameters apply where they are not given here; without a status it shows every state */
                    view?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions:{verb}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Orders something of many sessions, by ids or by a filter. Each is done or fails by itself. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description cancel, terminate, lock, unlock, extend, hold or release */
                    verb: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["BulkOrder"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BulkOutcome"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives one session, by its id or by a unique beginning of it (8 characters or more). */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}:{verb}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Orders something of one session. `verb` is `cancel`, `terminate`, `lock`, `unlock` or `extend`, and of
         *     what has ended `hold` or `release`: a recording that is held is kept whatever the rules of retention say. Ordering twice changes
         *     nothing; `If-Match` holds the version that the caller has seen.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description the version that the caller has seen, in quotes; another one is answered with 412 */
                    "If-Match"?: string | null;
                };
                path: {
                    id: string;
                    /** @description cancel, terminate, lock, unlock, extend, hold or release */
                    verb: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what was done in a session, oldest first. */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    kind?: string;
                    limit?: number;
                    text?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ActivityList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/activity/{seq}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Runs a statement of the activity log again, with its parameters, and reads its result to the end.
         * @description It is a new session of the viewer (`rerun_of` names the old one), who must be allowed to see the entry and to use the resource. 422 when
         *     the log does not have the statement in full, as when it held a password.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    seq: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RerunWish"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RerunView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                423: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives the event log of a session, newest first; filters by level, text and time. */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    level?: string;
                    limit?: number;
                    since?: string;
                    text?: string;
                    until?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Happenings"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hands out a session as a file: the terminal as asciicast (v3, or v2) or text, the activity as JSON or CSV, the sealed tape
         *     itself, or everything about it as a bundle; `doorward verify` checks both of these. Closed by `DISABLE_SESSIONS_DOWNLOAD=true`.
         */
        get: {
            parameters: {
                query: {
                    /** @description asciicast, asciicast2, txt, json, csv, tape or bundle */
                    as: string;
                    connection?: string;
                    strand?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the file operations of a session, oldest first. */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    limit?: number;
                    ok?: string;
                    op?: string;
                    /** @description text in the path, or in the new one of a rename */
                    path?: string;
                    protocol?: string;
                    since?: string;
                    until?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FileList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follows a session that runs, from the screen as it is now. */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    strand?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a websocket that speaks ALiS version 1 (subprotocol v1.alis) */
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/player": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says what there is to play, and notes in the audit log that somebody is about to. */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlayerView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/player/index.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives the index of a recording: its segments with their start times. */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    end_us?: string;
                    idle_ms?: string;
                    strand?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description asciinema-player's segmented index */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/player/segments/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives one segment: a picture of the terminal and what happened after it. */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    end_us?: string;
                    idle_ms?: string;
                    strand?: string;
                };
                header?: never;
                path: {
                    id: string;
                    /** @description 0.json, 1.json … */
                    number: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description one segment */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, unknown>;
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/player/timemap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says how the player's clock and the real one relate, so that the log beside the player never drifts. */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    end_us?: string;
                    idle_ms?: string;
                    strand?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TimeMapView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/results/{which}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows rows of a recorded result from a row on, cut as the console shows them. `{which}` is the number of the statement's entry in the
         *     activity log, or `n3` for the third statement of a session of the SQL console.
         */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    from?: string;
                    limit?: number;
                };
                header?: never;
                path: {
                    id: string;
                    which: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ResultView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/results/{which}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hands out a recorded result as a file: CSV, or JSON with an object on each line. Closed by `DISABLE_SESSIONS_DOWNLOAD=true`. */
        get: {
            parameters: {
                query?: {
                    /** @description csv (default) or jsonl */
                    as?: string;
                    connection?: string;
                };
                header?: never;
                path: {
                    id: string;
                    which: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/results/{which}/value": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hands out one recorded value in full as a file, byte by byte as the resource sent it. Closed by `DISABLE_SESSIONS_DOWNLOAD=true`. */
        get: {
            parameters: {
                query: {
                    /** @description from 0 */
                    column: string;
                    connection?: string;
                    /** @description from 0 */
                    row: string;
                };
                header?: never;
                path: {
                    id: string;
                    which: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description a file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists with whom a session is and was shared, and who has opened it. For its owner and for administrators. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ShareList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Shares a session with people and groups: the link opens it for them and for nobody else. They see its details and its replay, and
         *     cannot take files out. For its owner and for administrators.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewShare"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ShareView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/shares/{share}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes a share back: whoever had opened it sees the session no more. For its owner and for administrators. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    share: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams what a session shows as lines of JSON `{t_ms, code, data}` with the codes of asciicast (`o`, `i`, `r`, `m`, `x`);
         *     follows while it runs. From `now`, it begins with the size and with output that draws the present screen.
         */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    follow?: string;
                    /** @description `start` (default) or `now` */
                    from?: string;
                    since_ms?: string;
                    strand?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description lines of JSON */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": unknown;
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives the life of a session: every step of its state with actor and time, oldest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Happenings"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells what changes in the sessions and the approvals that the viewer may see. Continues after `Last-Event-ID`. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description server-sent events `session`, `approval` and `resync`; ids are audit sequence numbers */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": unknown;
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the settings that this gateway runs with. For administrators and auditors. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SettingView"][];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells whether the first administrator is still to be made, and how one signs in. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SetupView"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes the first administrator with the one-time link, and signs them in. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Setup"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignedIn"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shares/{share}/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Opens what was shared with the viewer, which the audit log says. To others, and when it is over, it is not there. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    share: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OpenedShare"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sign-ins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the viewer's newest sign-ins, in the browser and by every protocol, and what failed under their name. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SignIns"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ssh-certificates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Certifies an SSH key of the viewer for the gateway's own door. It is good as long as the token that asks: with the token it is
         *     taken away.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewSshCertificate"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SshCertificateView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the viewer's tokens. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes a token of the viewer; its text is in this answer and nowhere else. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewToken"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes a token away, and what was made with it. Administrators may take anybody's. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{name}/factors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells what a user can prove who they are with, beside a password. For administrators and auditors. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FactorsView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Takes away all that a user proves who they are with beside a password, and ends their logins: for those who have lost it. For
         *     administrators, and not for themselves.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{name}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the keys of a service account, without their texts. For administrators and auditors. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes a key of a service account; its text is in this answer and nowhere else. It is taken away like a token. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewToken"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TokenView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the saved views that the viewer sees. */
        get: {
            parameters: {
                query?: {
                    /** @description of this list only */
                    page?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ViewList"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/views/{page}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Keeps a view, in place of one of the same name: the viewer's own, or (administrators) one that everybody sees. At most 100 of
         *     each.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                    page: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ViewBody"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SavedView"];
                    };
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description missing, or not visible to who asks */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        /** Takes a view away: the viewer's own, or with `shared=true` (administrators) one of everybody's. */
        delete: {
            parameters: {
                query?: {
                    shared?: string;
                };
                header?: never;
                path: {
                    name: string;
                    page: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description nobody is signed in, or no longer */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description a parameter or a body that cannot be read; says what is valid */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description any other problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Access that is asked for ahead of its use. */
        AccessRequest: {
            /** @description The account; the access rule's first one when it is left out. */
            account?: string | null;
            /** @description Go in without waiting for reviewers, where the profile lets the requester; raises an alarm. */
            break_glass?: boolean;
            /**
             * Format: int64
             * @description For how long, in seconds; as long as the rules give it when it is left out.
             */
            duration_secs?: number | null;
            /** @description Why; reviewers read it. */
            reason?: string;
            /** @description The resource, by name. */
            resource: string;
            /** @description When it is to begin, in RFC 3339; at once when it is left out. */
            starts_at?: string | null;
            /** @description A ticket number. */
            ticket?: string;
        };
        /** @description What was done in a session, in order. */
        ActivityList: {
            /** @description Oldest first. */
            entries: components["schemas"]["ActivityView"][];
            /** @description Where the next page starts; null at the end. */
            next_cursor: string | null;
        };
        /** @description Something that was done in a session. */
        ActivityView: {
            at: string;
            /**
             * Format: int64
             * @description Bytes moved or returned.
             */
            bytes: number;
            /** @description The connection, which is also the name of the tape. */
            connection_id: string;
            /** @description More. */
            detail: Record<string, unknown>;
            /**
             * Format: int64
             * @description How long it took.
             */
            duration_ms: number;
            /**
             * Format: int64
             * @description The exit status; null when not known.
             */
            exit_code: number | null;
            /** @description Names it within its session. */
            id: string;
            /** @description `command`, `statement`, `file`, `forward`, `request` or `note`. */
            kind: string;
            /** @description `ok`, `failed`, `refused`; null while it runs or when nobody knows. */
            outcome: string | null;
            output: components["schemas"]["OutputView"] | null;
            /**
             * Format: int64
             * @description Rows returned or changed.
             */
            rows: number;
            /**
             * Format: int64
             * @description Its place in the session.
             */
            seq: number;
            /**
             * Format: int64
             * @description Milliseconds since the recording began: where to seek.
             */
            t_ms: number;
            /** @description The command, the statement, the path, the note. */
            text: string;
        };
        /** @description What became, or would become, of documents. */
        AppliedList: {
            /** @description Nothing was changed: this is what would be. */
            dry_run: boolean;
            /** @description One line for each document, in order. */
            results: components["schemas"]["AppliedView"][];
        };
        /** @description What became of a document. */
        AppliedView: {
            /** @description `created`, `changed` or `unchanged`. */
            action: string;
            /** @description The fields that differ; secret ones as `***`. */
            changes: components["schemas"]["Change"][];
            /** @description The kind. */
            kind: string;
            /** @description The name. */
            name: string;
            /**
             * Format: int64
             * @description The version after.
             */
            version: number;
        };
        /** @description A page of requests. */
        ApprovalList: {
            /** @description The requests, newest first. */
            approvals: components["schemas"]["ApprovalView"][];
            as_of: string;
            /** @description Where the next page starts; null at the end. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description How many there are in all pages.
             */
            total: number;
        };
        /** @description A request that reviewers decide. Keys are never removed; new ones may be added. */
        ApprovalView: {
            /** @description As which account. */
            account: string;
            /** @description What the viewer may do now: `approve`, `deny`, `withdraw`. */
            authorized_actions: string[];
            /** @description The glass was broken: nobody was asked. */
            break_glass: boolean;
            /** @description What is to be sent, when it is a statement; empty else. */
            content: string;
            /** @description When it was asked. */
            created_at: string | null;
            /** @description When it counts as denied. */
            deadline: string | null;
            /** @description When it was decided; null while it is not. */
            decided_at: string | null;
            /** @description More about it, such as a statement's plan; null for nothing. */
            detail: Record<string, unknown> | null;
            /** @description Its name. */
            id: string;
            /**
             * @description What is asked for: `session`, or `statement` for something inside one.
             * @example session
             */
            kind: string;
            /**
             * Format: int64
             * @description For how long it is asked, or may be used after the approval.
             */
            lasts_secs: number;
            /** @description Why it is asked for; may be empty. */
            reason: string;
            /** @description Who asks. */
            requester: components["schemas"]["NamedView"];
            /** @description For what. */
            resource: components["schemas"]["ResourceView"];
            /** @description The rule that asks for it. */
            rule: string;
            /** @description The session that waits, or in which something waits. */
            session_id: string;
            /** @description When the access is to begin; null for at once. */
            starts_at: string | null;
            /**
             * @description `pending`, `approved`, `rejected`, `expired`, `revoked` or `error`.
             * @example pending
             */
            state: string;
            /** @description A ticket number; may be empty. */
            ticket: string;
            /** @description The reviewers, who are asked one tier after the other. */
            tiers: components["schemas"]["TierView"][];
            /** @description What was said so far, in order. */
            votes: components["schemas"]["VoteView"][];
            /** @description Who is waited for, in words; empty when nobody is. */
            waits_for: string;
        };
        /** @description A line of the audit log. */
        AuditLine: {
            /** @description Who. */
            actor: string;
            /** @description `user`, `system` or `unknown`. */
            actor_type: string;
            at: string;
            /** @description What changed, with old and new values. */
            changes: components["schemas"]["Change"][];
            /** @description From where. */
            client_ip: string;
            /** @description More. */
            detail: Record<string, unknown>;
            /** @description SHA-256 over the line before and this one, in hexadecimal. */
            hash: string;
            /** @description What, as `noun.verb`. */
            kind: string;
            /** @description The object that it is about, as `kind/name`. */
            object: string;
            /**
             * Format: int64
             * @description Its place: 1, 2, 3 … without gaps.
             */
            seq: number;
            /** @description The session that it is about. */
            session_id: string | null;
        };
        /** @description A page of the audit log. */
        AuditList: {
            /** @description Newest first. */
            events: components["schemas"]["AuditLine"][];
            /** @description Where the next page starts; null at the end. */
            next_cursor: string | null;
        };
        /** @description What checking the log found. */
        AuditVerdict: {
            /**
             * Format: int64
             * @description The first line that is not as it was written; null when all are.
             */
            broken_at: number | null;
            /**
             * Format: int64
             * @description How many signatures were checked.
             */
            checkpoints: number;
            /**
             * @description What is wrong with it: `missing`, `altered`, `unchained`, `forged` (it is not what was signed) or `cut` (signed lines from here on
             *     are gone); null when nothing is.
             */
            fault: string | null;
            /** @description Every line is there and unchanged, and all signatures agree. */
            intact: boolean;
            /**
             * Format: int64
             * @description How many lines were checked.
             */
            lines: number;
            /** @description When it was signed. */
            signed_at: string | null;
            /**
             * Format: int64
             * @description The last line that a signature covers; 0 for none.
             */
            signed_to: number;
        };
        /**
         * @description An order to many sessions.
         * @example {
         *       "expected_count": 2,
         *       "filter": "user=bob&status=active",
         *       "message": "call the desk, please",
         *       "scope": "user",
         *       "title": "Hold on"
         *     }
         */
        BulkOrder: {
            /**
             * Format: int64
             * @description Of extend: by how many seconds.
             * @default null
             */
            by_secs?: number | null;
            /**
             * @description With `filter`: how many sessions the caller believes it selects; another number is an error and nothing is done.
             * @default null
             */
            expected_count?: number | null;
            /**
             * @description A query string as of the list, such as `user=bob&status=active`; or use `ids`.
             * @default null
             */
            filter?: string | null;
            /**
             * @description The sessions; or use `filter`.
             * @default []
             */
            ids?: string[];
            /**
             * @description Of lock: what the users are told.
             * @default
             */
            message?: string;
            /**
             * @description Why; shown to the users and kept.
             * @default
             */
            reason?: string;
            /**
             * @description Of lock and unlock: `session`, or `resource` or `user` for everything on the resources or of the users of these sessions.
             * @default session
             */
            scope?: string;
            /**
             * @description Of lock: a short title.
             * @default
             */
            title?: string;
        };
        /**
         * @description What became of a bulk order.
         * @example {
         *       "failed": 1,
         *       "results": [
         *         {
         *           "error": null,
         *           "id": "0198c5de-7d2c-7b1a-8c3e-001122334455",
         *           "ok": true,
         *           "state": "locked"
         *         },
         *         {
         *           "error": "there is nothing here that you may see",
         *           "id": "0198c5de-9999-7b1a-8c3e-001122334455",
         *           "ok": false,
         *           "state": null
         *         }
         *       ]
         *     }
         */
        BulkOutcome: {
            /** @description How many failed. */
            failed: number;
            /** @description One line for each session, in the order asked. */
            results: components["schemas"]["BulkResult"][];
        };
        /** @description What became of one session. */
        BulkResult: {
            /** @description Why it was not done. */
            error: string | null;
            /** @description The session as it was named. */
            id: string;
            /** @description It was done, or was so already. */
            ok: boolean;
            /** @description The state now; null when the session is not known. */
            state: string | null;
        };
        /** @description Votes on many requests. */
        BulkVote: {
            /**
             * @description Why; the requesters read it.
             * @default
             */
            comment?: string;
            /**
             * @description The requests.
             * @default []
             */
            ids?: string[];
        };
        /** @description What became of votes on many requests. */
        BulkVoted: {
            /** @description How many votes were not taken. */
            failed: number;
            /** @description One line for each request, in the order asked. */
            results: components["schemas"]["VoteResult"][];
        };
        /**
         * @description A field that changed. Times are RFC 3339, null for "not yet".
         * @example {
         *       "field": "expires_at",
         *       "new": "2026-11-21T20:30:00.000000Z",
         *       "old": "2026-11-21T20:00:00.000000Z"
         *     }
         */
        Change: {
            /** @description The field's name in the API. */
            field: string;
            /** @description The value after; null for none. */
            new: unknown;
            /** @description The value before; null for none. */
            old: unknown;
        };
        /** @description A row that was changed. */
        ChangedRow: {
            /** @description As it was. */
            left: components["schemas"]["ComparedRow"];
            /** @description As it is. */
            right: components["schemas"]["ComparedRow"];
        };
        /** @description A code of an authenticator app, or a recovery code. */
        CodeBody: {
            /** @description The code. */
            code: string;
        };
        /** @description A column of a result. */
        ColumnView: {
            /** @description Its name. */
            name: string;
            /** @description `whole`, `number`, `truth` or `text`. */
            nature: string;
            /** @description The type's name; empty when it is one of the database's own. */
            type: string;
        };
        /** @description A row. */
        ComparedRow: {
            /**
             * Format: int64
             * @description Its number, from 0.
             */
            row: number;
            /** @description Its values in the columns that both have. */
            values: Record<string, unknown>[];
        };
        /** @description What differs between two results. */
        Comparison: {
            /** @description The first rows that were added: their number on the right, and their values, cut at 256 bytes. */
            added: components["schemas"]["ComparedRow"][];
            /** @description The first rows that were changed. */
            changed: components["schemas"]["ChangedRow"][];
            /** @description Columns that both have, in the order of the left one. */
            columns: components["schemas"]["ColumnView"][];
            /** @description Columns that only the right one has. */
            columns_added: components["schemas"]["ColumnView"][];
            /** @description Columns of the same name and another type, as the right one has them. */
            columns_changed: components["schemas"]["ColumnView"][];
            /** @description Columns that only the left one has. */
            columns_removed: components["schemas"]["ColumnView"][];
            /** @description All rows were compared; otherwise the first half million of each. */
            complete: boolean;
            /** @description The columns by which rows are told apart; empty when they are not unique, and rows are told apart by all that they hold. */
            key: string[];
            /** @description The first rows that were removed, with their number on the left. */
            removed: components["schemas"]["ComparedRow"][];
            /**
             * Format: int64
             * @description Rows that only the right one has.
             */
            rows_added: number;
            /**
             * Format: int64
             * @description Rows of the same key and another content.
             */
            rows_changed: number;
            /**
             * Format: int64
             * @description Rows on the left.
             */
            rows_left: number;
            /**
             * Format: int64
             * @description Rows that only the left one has.
             */
            rows_removed: number;
            /**
             * Format: int64
             * @description Rows on the right.
             */
            rows_right: number;
            /**
             * Format: int64
             * @description Rows that both have.
             */
            rows_same: number;
            /** @description Nothing differs. */
            same: boolean;
        };
        /** @description One transport of a session. */
        ConnectionView: {
            /**
             * Format: int64
             * @description Bytes from the resource to the caller.
             */
            bytes_down: number;
            /**
             * Format: int64
             * @description Bytes from the caller to the resource.
             */
            bytes_up: number;
            /** @description By what. */
            client_interface: string;
            /** @description From where. */
            client_ip: string;
            /** @description What the client calls itself; not verified. */
            client_version: string;
            /** @description Why it was closed. */
            close_reason: string | null;
            /** @description When it was closed. */
            closed_at: string | null;
            /** @description Its name; also the name of its tape. */
            id: string;
            /** @description When it was opened. */
            opened_at: string | null;
            /** @description Where its recording stands. */
            recording: string;
        };
        /** @description What a person signs in with. */
        Credentials: {
            /** @description A code of the person's authenticator app, or a recovery code: needed once the answer was `second_factor_needed`. */
            code?: string | null;
            /** @description The login name. */
            name: string;
            /** @description The password. */
            password: string;
        };
        /** @description How a client connects to a database. */
        DatabaseConnection: {
            /** @description The address for clients and libraries that take one, with the password in it. */
            address: string;
            /** @description The command of a native client, without the password. */
            command: string;
            /** @description The gateway's host, as callers know it. */
            host: string;
            /**
             * Format: int32
             * @description The port of the protocol's listener.
             */
            port: number;
            /** @description The resource. */
            resource: string;
            /** @description The protocol's id. */
            type: string;
            /** @description The login name with the resource. */
            user: string;
        };
        /** @description A password for clients of databases. It is listed and taken away among the tokens. */
        DatabasePasswordView: {
            /** @description The databases that it is for. */
            connections: components["schemas"]["DatabaseConnection"][];
            /** @description When it ends. */
            expires_at: string | null;
            /** @description Its lasting name. */
            id: string;
            /** @description The login name that goes with it; `:resource` or `:account@resource` is added as to a user's. */
            login: string;
            /** @description The password itself: in this answer and nowhere else. */
            password: string;
        };
        /** @description What the program tells its person, and asks with (RFC 8628 §3.2). */
        DeviceCodesView: {
            /** @description What it asks with. Nobody else may see it. */
            device_code: string;
            /**
             * Format: int64
             * @description How long both codes are good, in seconds.
             */
            expires_in: number;
            /**
             * Format: int64
             * @description How long to wait between two questions, in seconds.
             */
            interval: number;
            /** @description What the person types. */
            user_code: string;
            /** @description Where the person types it. */
            verification_uri: string;
            /** @description The same with the code in it. */
            verification_uri_complete: string;
        };
        /** @description A program that asks whether it is let in. */
        DeviceQuestion: {
            /** @description What it was given. */
            device_code: string;
        };
        /** @description The token of a program that was let in. */
        DeviceToken: {
            /** @description The token: in this answer and nowhere else. */
            access_token: string;
            /** @description When it ends. */
            expires_at: string | null;
            /**
             * Format: int64
             * @description How long it lasts, in seconds.
             */
            expires_in: number;
            /** @description Its lasting name, among the tokens. */
            id: string;
            /** @description `Bearer`. */
            token_type: string;
            /** @description Whom it acts for. */
            user: string;
        };
        /** @description A program that waits, for whoever is to decide. */
        DeviceView: {
            /** @description Since when. */
            asked_at: string | null;
            /** @description What it calls itself; not verified. */
            client: string;
            /** @description From where it asks. */
            client_ip: string;
            /** @description When it is too late. */
            expires_at: string | null;
            /** @description It asks from another address than the one that this question comes from. */
            is_elsewhere: boolean;
            /**
             * Format: int64
             * @description How long its token will last, in seconds.
             */
            lasts_secs: number;
        };
        /** @description A program that asks to be let in. */
        DeviceWish: {
            /** @description What it calls itself and where it runs, for the person who decides: 1 to 100 characters. */
            client: string;
            /** @description How long its token is to last: `30m`, `8h`; 12 hours when absent, 24 at most. */
            lasts?: string | null;
        };
        /** @description A log-in past the gateway. */
        DirectLoginView: {
            /** @description When it was first seen. */
            first_seen_at: string | null;
            /** @description From where, as the resource says it. */
            from: string;
            /** @description When it was last seen. */
            last_seen_at: string | null;
        };
        /** @description What looks for log-ins past the gateway have found. */
        DirectView: {
            /** @description When the last look was. */
            checked_at: string | null;
            /** @description Why nothing could be seen then; null when it could. */
            error: string | null;
            /** @description Everybody who was seen. */
            logins: components["schemas"]["DirectLoginView"][];
            /** @description Somebody has come past the gateway in this session: nothing of that is recorded. */
            violation: boolean;
        };
        /**
         * @description Documents to be applied, all or none.
         * @example {
         *       "documents": [
         *         {
         *           "kind": "group",
         *           "name": "ops",
         *           "spec": {
         *             "members": [
         *               "ana",
         *               "ben"
         *             ]
         *           }
         *         }
         *       ]
         *     }
         */
        Documents: {
            /** @description Each `{kind, name, spec}`. */
            documents: Record<string, unknown>[];
        };
        /** @description What went wrong with a session. */
        ErrorView: {
            /** @description A word for programs: the end reason. */
            code: string;
            /** @description What an operator can do; null when nothing. */
            hint: string | null;
            /** @description What went wrong; holds no secret. */
            message: string;
            /** @description Where in its life. */
            stage: string | null;
        };
        /**
         * @description Values that a filter can take.
         * @example {
         *       "counted": 1207,
         *       "is_capped": false,
         *       "values": [
         *         {
         *           "sessions": 1204,
         *           "title": "ana",
         *           "value": "ana"
         *         },
         *         {
         *           "sessions": 3,
         *           "title": "ben",
         *           "value": "ben"
         *         }
         *       ]
         *     }
         */
        FacetList: {
            /**
             * Format: int64
             * @description How many sessions were counted: the newest 10 000 that the other filters select, at most.
             */
            counted: number;
            /** @description There are older ones, which were not counted. */
            is_capped: boolean;
            /** @description The values, within what the viewer may see; those of most sessions first. */
            values: components["schemas"]["FacetValue"][];
        };
        /** @description A value that a filter can take. */
        FacetValue: {
            /**
             * Format: int64
             * @description How many of the counted sessions have it.
             */
            sessions: number;
            /** @description What to show. */
            title: string;
            /** @description What to send. */
            value: string;
        };
        /** @description What somebody can prove who they are with, beside a password. */
        FactorsView: {
            /** @description Passkeys, oldest first. */
            passkeys: components["schemas"]["PasskeyView"][];
            /** @description There can be passkeys: the console is reached by a name and not by a number. */
            passkeys_possible: boolean;
            /**
             * Format: int32
             * @description Recovery codes that were not used yet.
             */
            recovery_codes: number;
            /** @description Everybody needs a second factor here. */
            required: boolean;
            /** @description This login has shown one. */
            shown: boolean;
            /** @description Since when there is an authenticator app; null without one. */
            totp_since: string | null;
        };
        /** @description What to change. */
        FileChange: {
            /** @description The file or folder. */
            path: string;
            /** @description `remove`: also all that is in a folder. */
            recursive?: boolean;
            /** @description `rename`: the new path. */
            to?: string | null;
        };
        /** @description A line of a folder. */
        FileLine: {
            /** @description `file`, `folder`, `link` or `other`. */
            kind: string;
            /** @description What a link points at. */
            link_to: string | null;
            /**
             * Format: int32
             * @description The permission bits, such as 0o644 as a number.
             */
            mode: number | null;
            /** @description When its content last changed. */
            modified: string | null;
            /** @description The name within the folder. */
            name: string;
            /**
             * Format: int64
             * @description Bytes; null when the resource does not say.
             */
            size: number | null;
        };
        /** @description File operations. */
        FileList: {
            /** @description In one session oldest first, over all sessions newest first. */
            files: components["schemas"]["FileView"][];
            /** @description Where the next page starts; null at the end. */
            next_cursor: string | null;
        };
        /** @description A part of a folder. */
        FileListing: {
            /** @description What is in it: folders first, then by name. */
            entries: components["schemas"]["FileLine"][];
            /** @description What to send as `after` for the next part; null at the end. */
            next: string | null;
            /** @description The folder. */
            path: string;
        };
        /** @description A lock on a file session. */
        FilesLock: {
            /** @description Who locked it. */
            by: string;
            /** @description What the user is told; may be empty. */
            message: string;
            /** @description A short title; may be empty. */
            title: string;
        };
        /** @description A file session that is open. */
        FilesOpened: {
            /** @description The folder that the account begins in. */
            home: string;
            /** @description The session's id. */
            session: string;
        };
        /** @description How a file session is. */
        FilesState: {
            /** @description The folder that the account begins in. */
            home: string;
            lock: components["schemas"]["FilesLock"] | null;
            /** @description The session's id. */
            session: string;
        };
        /** @description A wish for a file session. */
        FilesWish: {
            /** @description The account; the rule's first one when absent. */
            account?: string | null;
            /** @description The resource's name. */
            resource: string;
            /** @description What to answer when the resource asks for the account's password, where the gateway has none for it. */
            secret?: string | null;
        };
        /** @description One operation on a file. */
        FileView: {
            at: string;
            /**
             * Format: int64
             * @description Bytes of content that moved.
             */
            bytes: number;
            /** @description All of the file passed. */
            complete: boolean;
            /**
             * Format: int64
             * @description How long it took.
             */
            duration_ms: number;
            /** @description What went wrong. */
            error: string | null;
            /** @description It succeeded. */
            ok: boolean;
            /** @description `upload`, `download`, `delete`, `rename`, `mkdir`, `rmdir`, `list` … */
            op: string;
            /** @description On what. */
            path: string;
            /** @description `sftp`, `scp`, `rsync`, `web` … */
            protocol: string;
            /** @description The session. */
            session_id: string;
            /** @description SHA-256 of the content in hexadecimal; null when it did not pass whole. */
            sha256: string | null;
            /**
             * Format: int64
             * @description Milliseconds since the recording began.
             */
            t_ms: number;
            /** @description The new name of a rename; null otherwise. */
            to: string | null;
        };
        /** @description A file that was written. */
        FileWritten: {
            /** @description SHA-256 of what was sent, in hexadecimal. */
            sha256: string;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: number;
        };
        /** @description A pause that was shortened. */
        Gap: {
            /**
             * Format: int64
             * @description How much was taken out.
             */
            cut_ms: number;
            /**
             * Format: int64
             * @description When it ended on the player's clock.
             */
            play_ms: number;
            /**
             * Format: int64
             * @description When it ended in real time.
             */
            real_ms: number;
        };
        /** @description The gateway that answers. */
        GatewayInfo: {
            /** @description Its name. */
            name: string;
            /** @description Its version. */
            version: string;
        };
        /** @description The gateway that carries a session. */
        GatewayView: {
            /** @description The cluster it belongs to; its own name when it stands alone. */
            cluster: string;
            /** @description The instance. */
            id: string;
            /** @description The name shown. */
            name: string;
        };
        /** @description Something that happened to a session. */
        Happening: {
            /** @description Who. */
            actor: string;
            at: string;
            /** @description What changed, with old and new values. */
            changes: components["schemas"]["Change"][];
            /** @description More. */
            detail: Record<string, unknown>;
            /** @description What, as `noun.verb`. */
            kind: string;
            /** @description `debug`, `info`, `warn` or `error`. */
            level: string;
            /** @description The same in words. */
            message: string;
            /**
             * Format: int64
             * @description Its place in the audit log.
             */
            number: number;
        };
        /** @description What happened to a session. */
        Happenings: {
            /** @description Oldest first. */
            events: components["schemas"]["Happening"][];
            /** @description Where the next page starts; null at the end. */
            next_cursor: string | null;
        };
        /** @description The state of the gateway. */
        Health: {
            /** @description `ok`. */
            status: string;
            /** @description Its version. */
            version: string;
        };
        /** @description A statement that waits for reviewers. */
        HoldView: {
            /** @description The request that they decide. */
            approval_id: string;
            /** @description The rule that holds it. */
            rule: string;
            /** @description Since when. */
            since: string | null;
            /** @description `awaiting_action_approval`. */
            state: string;
            /**
             * Format: int64
             * @description The number that the statement will have within its connection; null when that is not known.
             */
            statement: number | null;
        };
        /** @description A key by which SSH clients know the gateway. */
        HostKey: {
            /** @description The kind of key, such as `ssh-ed25519`. */
            algorithm: string;
            /** @description `SHA256:` and base64, as SSH clients show it at the first connection. */
            fingerprint: string;
            /** @description The public key as it stands in `known_hosts`, without the host. */
            public_key: string;
        };
        /** @description A key that is to be exchanged for a token. */
        KeyExchange: {
            /** @description The key. */
            key: string;
            /** @description How long the token is to last: `5m`; 15 minutes when absent, an hour at most. */
            lasts?: string | null;
        };
        /** @description Where a protocol listens. */
        Listener: {
            /** @description The host as callers know it. */
            host: string;
            /**
             * Format: int32
             * @description The port.
             */
            port: number;
        };
        /** @description A lock in force. */
        LockView: {
            at: string;
            /** @description Who. */
            by: string;
            /** @description What the user is told. */
            message: string;
            /** @description `session`, `resource` or `user`. */
            scope: string;
            /** @description A short title. */
            title: string;
        };
        /** @description Who is signed in, and where. */
        Me: {
            /** @description To be sent as `X-CSRF-Token` with every changing request; null for API tokens. */
            csrf: string | null;
            /** @description Session content may be taken out as files. */
            downloads_enabled: boolean;
            /** @description The gateway that answers. */
            gateway: components["schemas"]["GatewayInfo"];
            /** @description Who. */
            person: components["schemas"]["PersonView"];
            /** @description A second factor is needed and has still to be set up; until then only `/v1/factors` and this address answer. */
            second_factor_missing: boolean;
            /** @description Where secrets may be kept beside the gateway's own vault; told to administrators. */
            secret_sources: components["schemas"]["SecretSource"][];
            /** @description Whose sessions the person sees: `own`, `selected` (those of some gateways or resources too) or `all`. */
            sees: string;
            /** @description There is no administrator yet. */
            setup_needed: boolean;
            ssh: components["schemas"]["Listener"] | null;
            /** @description The public key that certifies the hosts behind this gateway, for `@cert-authority` in `known_hosts` (`ssh -J`). */
            ssh_authority: string;
            /** @description The keys by which SSH clients know this gateway. */
            ssh_host_keys: components["schemas"]["HostKey"][];
        };
        /** @description A thing by id and name. */
        NamedView: {
            /** @description The lasting name. */
            id: string;
            /** @description The name at the time. */
            name: string;
        };
        /**
         * @description A wish for a password for clients of databases.
         * @example {
         *       "lasts": "8h",
         *       "resource": "shop-db"
         *     }
         */
        NewDatabasePassword: {
            /** @description The account there; the rule's first one when absent. It is written into what is answered, and binds nobody. */
            account?: string | null;
            /**
             * @description How long it lasts: `90s`, `15m`, `8h`; one hour when absent, seven days at most, and
             *     never longer than the token that asks. Connections that are open then stay.
             */
            lasts?: string | null;
            /** @description The database that it is for; every one that the viewer may use when absent. */
            resource?: string | null;
        };
        /** @description A passkey that a browser has made. */
        NewPasskey: {
            /** @description `response.attestationObject`. */
            attestation: string;
            /** @description `response.clientDataJSON`. */
            client_data: string;
            /** @description What to call it. */
            name: string;
        };
        /** @description A wish to share. */
        NewShare: {
            /**
             * Format: int64
             * @description For how long, in seconds: up to 90 days, 7 days unless said.
             * @default null
             */
            expires_in_secs?: number | null;
            /**
             * @description With the members of which groups, such as reviewers.
             * @default []
             */
            groups?: string[];
            /**
             * @description What to tell them; at most 1000 characters.
             * @default
             */
            note?: string;
            /**
             * @description With whom, by login name.
             * @default []
             */
            users?: string[];
        };
        /** @description A wish for a certificate. */
        NewSshCertificate: {
            /** @description How long it is to last: `30m`, `8h`; 12 hours when absent, 24 at most, and never longer than the token that asks. */
            lasts?: string | null;
            /** @description The public key, as a line of a `.pub` file. */
            public_key: string;
            /** @description The networks from which it is good; everywhere when empty. */
            sources?: string[];
        };
        /**
         * @description A wish for a token.
         * @example {
         *       "expires_in_secs": 2592000,
         *       "name": "nightly report"
         *     }
         */
        NewToken: {
            /**
             * Format: int32
             * @description How long it lasts, in seconds; for ever when absent.
             */
            expires_in_secs?: number | null;
            /** @description What to call it. */
            name: string;
        };
        /** @description The secret of an authenticator app that has still to show a code. */
        NewTotp: {
            /** @description The same as an address for apps. */
            address: string;
            /** @description The address as a picture for cameras. */
            picture: components["schemas"]["Picture"];
            /** @description The secret, to be typed: in this answer and nowhere else. */
            secret: string;
        };
        /** @description A gateway of the organisation. */
        NodeView: {
            /** @description It has renewed its lease. */
            alive: boolean;
            /**
             * Format: int64
             * @description Bytes of these sessions from resources to callers.
             */
            bytes_down: number;
            /**
             * Format: int64
             * @description Bytes of these sessions from callers to resources, as of the last heartbeat.
             */
            bytes_up: number;
            /** @description It is the one that answers. */
            is_this: boolean;
            /** @description Until when it counts as alive unless it says so again. */
            lease_until: string | null;
            /** @description Its name. */
            name: string;
            /**
             * Format: int64
             * @description Sessions that are connected through it.
             */
            sessions: number;
            /** @description When it last started. */
            started_at: string | null;
            /** @description Its version. */
            version: string;
        };
        /**
         * @description What to make of an object.
         * @example {
         *       "spec": {
         *         "host": "10.0.0.7",
         *         "labels": {
         *           "env": "prod"
         *         },
         *         "type": "ssh"
         *       }
         *     }
         */
        ObjectBody: {
            /** @description What it shall say; `password` of a user and `value` of a secret are write-only. */
            spec: Record<string, unknown>;
        };
        /** @description Objects of a kind. */
        ObjectList: {
            /** @description By name. */
            objects: components["schemas"]["ObjectView"][];
        };
        /** @description A declared object. */
        ObjectView: {
            /** @description When it was first applied. */
            created_at: string | null;
            /** @description The lasting name. */
            id: string;
            /** @description The kind. */
            kind: string;
            /** @description The unique name within its kind. */
            name: string;
            /** @description What it says; never holds a password or a secret's value. */
            spec: Record<string, unknown>;
            /** @description When it was last changed. */
            updated_at: string | null;
            /**
             * Format: int64
             * @description Grows with every change; for `If-Match`.
             */
            version: number;
        };
        /** @description What an opened share leads to. */
        OpenedShare: {
            /** @description Until when. */
            expires_at: string | null;
            /** @description What they have to say. */
            note: string;
            /** @description The session, which can now be looked at by its id. */
            session_id: string;
            /** @description Who shares it. */
            shared_by: string;
        };
        /** @description That somebody has opened a share. */
        OpeningView: {
            /** @description When for the first time. */
            first_at: string | null;
            /** @description When last. */
            last_at: string | null;
            /** @description Who. */
            user: string;
        };
        /**
         * @description What an order says. Every field may be left out.
         * @example {
         *       "reason": "the change window is over"
         *     }
         */
        Order: {
            /**
             * Format: int64
             * @description Of extend: by how many seconds.
             * @default null
             */
            by_secs?: number | null;
            /**
             * @description Of terminate: cut the connections only and leave an entitlement usable.
             * @default false
             */
            keep_entitlement?: boolean;
            /**
             * @description Of lock: what the user is told.
             * @default
             */
            message?: string;
            /**
             * @description Why; shown to the user and kept.
             * @default
             */
            reason?: string;
            /**
             * @description Of lock and unlock: `session`, `resource` or `user`.
             * @default session
             */
            scope?: string;
            /**
             * @description Of lock: a short title.
             * @default
             */
            title?: string;
        };
        /** @description What a command printed, as far as it is shown. */
        OutputView: {
            /** @description The beginning of it, as it looked. */
            preview: string;
            /**
             * Format: int64
             * @description How much there was.
             */
            total_bytes: number;
            /** @description There was more than is shown. */
            truncated: boolean;
        };
        /** @description What a passkey has signed. */
        PasskeyAnswer: {
            /** @description `response.authenticatorData`. */
            authenticator_data: string;
            /** @description `response.clientDataJSON`. */
            client_data: string;
            /** @description The credential's id. */
            id: string;
            /** @description `response.signature`. */
            signature: string;
        };
        /** @description What a browser needs to sign in with a passkey (`PublicKeyCredentialRequestOptions`). */
        PasskeyAsked: {
            /** @description To be signed; works once, for five minutes. */
            challenge: string;
            /** @description The site's name (`rpId`). */
            site: string;
        };
        /** @description A passkey, without its key. */
        PasskeyView: {
            /** @description When it was added. */
            created_at: string | null;
            /** @description As the authenticator calls it. */
            id: string;
            /** @description When it was last used. */
            last_used_at: string | null;
            /** @description What its owner calls it. */
            name: string;
        };
        /** @description What a browser needs to make a passkey (`PublicKeyCredentialCreationOptions`). */
        PasskeyWanted: {
            /** @description Algorithms, as COSE numbers them. */
            algorithms: number[];
            /** @description To be signed; works once, for five minutes. */
            challenge: string;
            /** @description Keys that the person has already. */
            exclude: string[];
            /** @description The site's name (`rp.id`). */
            site: string;
            /** @description The person's lasting name (`user.id`). */
            user: string;
        };
        /** @description A person, as they see themselves. */
        PersonView: {
            /** @description The name shown to others. */
            display_name: string;
            /** @description An address for notices. */
            email: string;
            /** @description Groups. */
            groups: string[];
            /** @description The lasting name. */
            id: string;
            /** @description The login name. */
            name: string;
            /** @description Roles. */
            roles: string[];
        };
        /** @description A picture of squares, to be drawn by whoever shows it. */
        Picture: {
            /** @description The dark squares as a path of SVG. */
            path: string;
            /**
             * Format: int32
             * @description Its width and height, in squares, without the white margin of four that cameras need.
             */
            size: number;
        };
        /** @description What a recording can be played as. */
        PlayerView: {
            /** @description The connection whose tape this is. */
            connection_id: string;
            /**
             * Format: int64
             * @description How long it is so far.
             */
            duration_ms: number;
            /** @description It goes on. */
            growing: boolean;
            /** @description When the recording began. */
            started_at: string | null;
            /** @description Its strands. */
            strands: components["schemas"]["StrandView"][];
        };
        /** @description What the rules say of a person, and of a statement of theirs. */
        PolicyAnswer: {
            /** @description The account's login name; empty when no rule gives one. */
            account: string;
            /**
             * Format: int64
             * @description The version of the declared objects that decided; drafts come on top of it.
             */
            directory_version: number;
            /** @description The hours of the profile in which the moment is; null when it has none, or it is in none. */
            hours: string | null;
            /**
             * @description The network of the profile in which the address is, or all of them when no address was asked about; null when it has none, or the address
             *     is in none.
             */
            network: string | null;
            /** @description The profile in force; empty when no rule gives one. */
            profile: string;
            /** @description Of the session. */
            session: components["schemas"]["PolicyVerdict"];
            statement: components["schemas"]["PolicyVerdict"] | null;
        };
        /** @description Something of which a draft says otherwise. */
        PolicyChange: {
            /** @description What the draft says. */
            after: components["schemas"]["PolicyVerdict"];
            at: string;
            /** @description What became of it. */
            before: components["schemas"]["PolicyVerdict"];
            /** @description Where the console shows it. */
            link: string;
            /** @description On which resource. */
            resource: string;
            /**
             * Format: int64
             * @description Its place in the session; null of the session itself.
             */
            seq: number | null;
            /** @description In which session. */
            session_id: string;
            /** @description The statement, cut at 500 characters; empty of the session itself. */
            statement: string;
            /** @description Who, by login name. */
            user: string;
        };
        /** @description A question to the rules. */
        PolicyQuestion: {
            /** @description As which account; the first that the rules give when it is absent. */
            account?: string | null;
            at?: string;
            /** @description Documents that are taken as applied. */
            documents?: Record<string, unknown>[];
            /** @description From which address; networks decide nothing when it is absent. */
            from?: string | null;
            /** @description What for, by the resource's name. */
            resource: string;
            /** @description A statement that would be sent. */
            statement?: string | null;
            /** @description Who, by login name. */
            user: string;
        };
        /** @description A draft, and from when on it is held against what was done. */
        PolicyReplay: {
            /** @description The draft: documents that are taken as applied. Without any, what was done is held against the rules of today. */
            documents?: Record<string, unknown>[];
            /**
             * Format: int32
             * @description Changes that are listed: 1 to 1000, 100 when it is absent. All are counted.
             */
            limit?: number | null;
            /** @description RFC 3339, a date, `30d` … */
            since: string;
            /** @description The same; now when it is absent. */
            until?: string | null;
        };
        /** @description What a draft would have said of what was done. */
        PolicyReplayed: {
            /** @description What the draft says otherwise: sessions first, then statements, each newest first. */
            changes: components["schemas"]["PolicyChange"][];
            /** @description There was more than one call looks at: the oldest is left out. */
            cut: boolean;
            /** @description Of sessions. */
            sessions: components["schemas"]["PolicyTally"];
            /** @description Of statements in sessions that the draft lets begin. */
            statements: components["schemas"]["PolicyTally"];
        };
        /** @description How many there are of each verdict under the draft. */
        PolicyTally: {
            /**
             * Format: int64
             * @description They would go on.
             */
            allow: number;
            /**
             * Format: int64
             * @description Those of which the draft says something else than what became of them.
             */
            changed: number;
            /**
             * Format: int64
             * @description They would be refused.
             */
            deny: number;
            /**
             * Format: int64
             * @description They would wait for reviewers.
             */
            hold: number;
        };
        /** @description What the rules say. */
        PolicyVerdict: {
            /** @description `allow`; `deny`; `review`: reviewers have to agree before a session begins; `hold`: before a statement is sent. */
            effect: string;
            /** @description The rule that decides; empty when none does. */
            rule: string;
            /** @description Why it is refused, as its user would read it. */
            words: string;
        };
        /**
         * @description A problem document (RFC 9457 §3) with Doorward's additions `code`, `hint` and `request_id`.
         * @example {
         *       "code": "invalid",
         *       "detail": "no parameter `stauts`; there are: status, user, …",
         *       "hint": "",
         *       "request_id": "0198c5de7d2c7b1a8c3e001122334455",
         *       "status": 422,
         *       "title": "invalid",
         *       "type": "/problems/invalid"
         *     }
         */
        Problem: {
            /** @description A word for programs. */
            code: string;
            /** @description What went wrong this time. */
            detail: string;
            /** @description The field of the body that is wrong, as a path such as `resources.names`; absent where none is. */
            field: string | null;
            /** @description What the caller can do about it; may be empty. */
            hint: string;
            /** @description Finds this very answer in the gateway's log. */
            request_id: string;
            /**
             * Format: int32
             * @description After how many seconds it may go better; also in `Retry-After`.
             */
            retry_after: number | null;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description A short title of the kind. */
            title: string;
            /** @description A URI reference that names the kind of problem. */
            type: string;
        };
        /**
         * @description A resource that a person may reach.
         * @example {
         *       "account": "deploy",
         *       "accounts": [
         *         {
         *           "command": "ssh -p 2222 ana%web-1@gateway.example.org",
         *           "has_secret": true,
         *           "login": "deploy",
         *           "name": "deployer",
         *           "profile": "default",
         *           "rule": "ops"
         *         }
         *       ],
         *       "command": "ssh -p 2222 ana%web-1@gateway.example.org",
         *       "description": "the shop",
         *       "medium": "terminal",
         *       "name": "web-1",
         *       "profile": "default",
         *       "type": "ssh"
         *     }
         */
        Reach: {
            /** @description The login name that is used unless another account is asked for. */
            account: string;
            /** @description Every account that the person may use there, in the order of preference. */
            accounts: components["schemas"]["ReachAccount"][];
            /** @description The command of a native client for it; null when only `doorward connect` reaches the resource. */
            command: string | null;
            /** @description What it is. */
            description: string;
            /** @description Its files can be looked at in a browser, with that account. */
            files: boolean;
            /**
             * Format: int32
             * @description For how long access can be asked for ahead at most, in seconds.
             */
            max_duration_secs: number;
            /** @description How its sessions are drawn. */
            medium: string;
            /** @description Its name. */
            name: string;
            /** @description The profile in force for it. */
            profile: string;
            /** @description Statements can be run on it in a browser, with that account. */
            statements: boolean;
            /** @description A terminal can be opened on it in a browser, with that account. */
            terminal: boolean;
            /** @description The protocol's id. */
            type: string;
        };
        /** @description An account that a person may use on a resource. */
        ReachAccount: {
            approval: components["schemas"]["ReachApproval"] | null;
            /** @description The command of a native client; null when only `doorward connect` reaches the resource. */
            command: string | null;
            /** @description Files can be looked at with it in a browser. */
            files: boolean;
            /** @description The gateway proves it; otherwise the person is asked for a password. */
            has_secret: boolean;
            /** @description The login name on the resource. */
            login: string;
            /** @description The account's name. */
            name: string;
            /** @description The profile in force. */
            profile: string;
            /** @description The access rule that gives it. */
            rule: string;
            /** @description Statements can be run with it in a browser. */
            statements: boolean;
            /** @description A terminal can be opened with it in a browser. */
            terminal: boolean;
        };
        /** @description What the approval of a session takes. */
        ReachApproval: {
            /** @description The viewer may go in without waiting, with an alarm. */
            break_glass: boolean;
            /**
             * Format: int32
             * @description For how long the approval is good, in seconds; 0 for one connection.
             */
            covers_secs: number;
            /** @description A reason has to be given, so that access is asked for ahead. */
            reason: boolean;
            /** @description Who has to agree, one after the other, in words. */
            reviewers: string[];
            /** @description The form of the ticket number that has to be given; null when none has to be. */
            ticket: string | null;
        };
        /** @description What a person may reach. */
        ReachList: {
            /** @description By name. */
            resources: components["schemas"]["Reach"][];
        };
        /** @description Where a recording stands. */
        RecordingView: {
            /** @description Until when it is kept, by the rules of retention as they are now; null when without end. */
            expires_at: string | null;
            /** @description The forms in which it can be taken out. */
            formats: string[];
            /** @description Why there is nothing to play; null when there is. */
            reason: string | null;
            removed: components["schemas"]["RemovedView"] | null;
            /** @description `none`, `recording`, `finalising`, `available`, `failed`, `expired`, `deleted` or `held`. */
            state: string;
        };
        /** @description Recovery codes, each of which works once in the place of a code of an app. */
        RecoveryCodes: {
            /** @description The codes: in this answer and nowhere else. */
            codes: string[];
        };
        /** @description How a recording came to be removed. */
        RemovedView: {
            at: string;
            /**
             * Format: int64
             * @description For how long it was kept, in seconds.
             */
            keep_secs: number;
            /** @description The rule of retention, by name. */
            rule: string;
        };
        /** @description What came of it. */
        RerunView: {
            /** @description What the rows have. */
            columns: components["schemas"]["ColumnView"][];
            error: components["schemas"]["SqlMessage"] | null;
            /**
             * Format: int64
             * @description How many rows there are.
             */
            rows: number;
            /** @description The new session. */
            session: string;
            /** @description What the resource says was done; null after an error. */
            tag: string | null;
            /** @description The result within it, for `/v1/sessions/{id}/results/{which}` and `/v1/compare`. */
            which: string;
        };
        /** @description How a statement is run again. */
        RerunWish: {
            /** @description The account; that of the first run when absent and allowed, or else the rule's first one. */
            account?: string | null;
            /** @description What to answer when the resource asks for the account's password. */
            secret?: string | null;
        };
        /** @description A protocol that resources can have. */
        ResourceType: {
            /** @description Its class, by which lists filter: `terminal`, `database`, `desktop`, `web`, `cluster` or `network`. */
            class: string;
            /**
             * Format: int32
             * @description The port of the far end when a resource names none.
             */
            default_port: number | null;
            /** @description What a resource's `type` says. */
            id: string;
            /** @description How its sessions are drawn. */
            medium: string;
            /** @description A JSON schema of the resource's `options`. */
            options_schema: Record<string, unknown>;
            /** @description The name shown to people. */
            title: string;
        };
        /** @description The resource of a session. */
        ResourceView: {
            /** @description The engine of a database; none for other types. */
            engine: string | null;
            /** @description `host:port` at the time. */
            host: string;
            /** @description The lasting name. */
            id: string;
            /** @description The name at the time. */
            name: string;
            /** @description The protocol's id. */
            type: string;
        };
        /** @description A part of a result, cut to be looked at. */
        ResultView: {
            /** @description What the rows have. */
            columns: components["schemas"]["ColumnView"][];
            /**
             * Format: int64
             * @description The number of the first row, from 0.
             */
            first: number;
            /** @description There are more rows. */
            more: boolean;
            /**
             * @description Rows of values: a text, null, or, where a value is cut, an object with `text`, its length in bytes as `total`, and as `cut`
             *     why: `value` (it is long) or `page` (those before it have used the page up).
             */
            rows: Record<string, unknown>[][];
        };
        /** @description Where the approval of a session stands. */
        ReviewView: {
            /** @description The requests of the session, oldest first: that it begins, and what was held in it. Empty in lists. */
            approvals: components["schemas"]["ApprovalView"][];
            /**
             * @description `pending`, `approved`, `rejected`, `expired`, `revoked` or `error`.
             * @example approved
             */
            state: string;
        };
        /** @description The filters and the order of a list, kept by a name. */
        SavedView: {
            /** @description Its name. */
            name: string;
            /** @description Of which list: `sessions`, `audit`, `files`, `search` or `approvals`. */
            page: string;
            /** @description The query string of the list, without `?`. */
            query: string;
            /** @description Who saved it last. */
            saved_by: string;
            /** @description It is everybody's; only administrators change it. */
            shared: boolean;
            /** @description When it was saved last. */
            updated_at: string | null;
        };
        /** @description A place where the words were found. */
        SearchHit: {
            at: string;
            /** @description The sort of entry. */
            kind: string;
            /** @description Where the console shows this very moment. */
            link: string;
            /**
             * Format: int64
             * @description Its place in the session.
             */
            seq: number;
            /** @description The session. */
            session_id: string;
            /** @description The entry's text, cut at 500 characters. */
            snippet: string;
            /**
             * Format: int64
             * @description Milliseconds since the recording began.
             */
            t_ms: number;
        };
        /** @description What a search found. */
        SearchList: {
            /** @description Newest first. */
            hits: components["schemas"]["SearchHit"][];
            /** @description Where the next page starts; null at the end. */
            next_cursor: string | null;
        };
        /** @description Where secrets may be kept beside the gateway's own vault. */
        SecretSource: {
            /** @description Of `command` the names that there are; of `env` how names begin. */
            names: string[];
            /** @description `vault`, `file`, `env` or `command`. */
            source: string;
        };
        /** @description A page of sessions. */
        SessionList: {
            as_of: string;
            /** @description Where the next page starts; null at the end. */
            next_cursor: string | null;
            /** @description The sessions. */
            sessions: components["schemas"]["SessionView"][];
            /**
             * Format: int64
             * @description How many there are in all pages; null when not counted.
             */
            total: number | null;
            /** @description There are more than `total`. */
            total_is_capped: boolean;
            /** @description The gateways that the viewer may see. */
            visible_gateways: string[];
        };
        /** @description A session. Keys are never removed; new ones may be added. */
        SessionView: {
            /** @description The access rule that decided. */
            access_rule: string;
            /** @description The login name on the resource. */
            account: string;
            activity: components["schemas"]["NamedView"] | null;
            /** @description What the viewer may order now. */
            authorized_actions: string[];
            /**
             * Format: int64
             * @description Bytes from the resource to the caller.
             */
            bytes_down: number;
            /**
             * Format: int64
             * @description Bytes from the caller to the resource.
             */
            bytes_up: number;
            /** @description What went wrong while cleaning up. */
            cleanup_error: string | null;
            /** @description `cli`, `web_cli`, `web` or `desktop`. */
            client_interface: string;
            /** @description The same in words. */
            client_interface_title: string;
            /** @description The address of the user's client. */
            client_ip: string;
            /** @description Its connections, oldest first. */
            connections: components["schemas"]["ConnectionView"][];
            /** @description Groups sessions of one piece of work. */
            correlation_id: string;
            /** @description When it was asked for. */
            created_at: string | null;
            direct: components["schemas"]["DirectView"] | null;
            /**
             * Format: int64
             * @description From start to end, or to now; 0 before it started.
             */
            duration_ms: number;
            /** @description What they wrote. */
            end_message: string;
            /**
             * @description Why it ended or is ending.
             * @example user_disconnect
             */
            end_reason: string | null;
            /** @description When it ended. */
            ended_at: string | null;
            /** @description Who ended it; empty when it ended by itself. */
            ended_by: string;
            error: components["schemas"]["ErrorView"] | null;
            /** @description When it has to end; while it waits for approval, when that has to be given. */
            expires_at: string | null;
            /** @description Where it failed. */
            failure_stage: string | null;
            /** @description When the resource first accepted a login. */
            first_logon_at: string | null;
            /** @description What carries it. */
            gateway: components["schemas"]["GatewayView"];
            hold: components["schemas"]["HoldView"] | null;
            /** @description The same again, for tools that look for `id`. */
            id: string;
            lock: components["schemas"]["LockView"] | null;
            /** @description `none`, `proxy` or `direct`. */
            login_via: string;
            /** @description How it is drawn: `terminal`, `statements`, `display` or `raw`. */
            medium: string;
            /**
             * Format: int32
             * @description How many connections it has now.
             */
            open_connections: number;
            /** @description The profile in force. */
            profile: string;
            /** @description Where the recording stands. */
            recording: components["schemas"]["RecordingView"];
            /** @description The session that this one runs again. */
            rerun_of: string | null;
            /** @description What. */
            resource: components["schemas"]["ResourceView"];
            review: components["schemas"]["ReviewView"] | null;
            /** @description A rating; none yet. */
            risk: string | null;
            /** @description The name of the secret used; empty when the user supplied their own. */
            secret_name: string;
            /** @description Its name for ever. */
            session_id: string;
            /** @description When it started to run. */
            started_at: string | null;
            /** @description When it is to begin to be usable; null for as soon as it may. */
            starts_at: string | null;
            /**
             * @description The state, in lower snake case.
             * @example active
             */
            state: string;
            /** @description A ticket number. */
            ticket: string;
            /** @description Who. */
            user: components["schemas"]["NamedView"];
            /** @description `exec` or `connect`. */
            verb: string;
            /**
             * Format: int64
             * @description Grows with every change; for `If-Match`.
             */
            version: number;
        };
        /**
         * @description What has set a value.
         * @enum {string}
         */
        SetBy: "option" | "environment" | "file" | "program" | "default";
        /** @description One setting of the gateway. */
        SettingView: {
            /** @description What it says. */
            about: string;
            /** @description The environment variable. */
            env: string;
            /** @description Its key in the settings file; empty for what only the environment can say. */
            key: string;
            /** @description The option of `doorward serve`; empty for what only the environment can say. */
            option: string;
            /** @description What has set it: `option`, `environment`, `file`, `program` (a demo) or `default`. */
            set_by: components["schemas"]["SetBy"];
            /** @description The value in force; empty for none. Passwords in it are masked. */
            value: string;
        };
        /** @description Makes the first administrator. */
        Setup: {
            /** @description The login name of the new administrator. */
            name: string;
            /** @description Their password: 8 characters or more. */
            password: string;
            /** @description From the one-time link that the gateway printed at its first start. */
            token: string;
        };
        /** @description How one comes in. */
        SetupView: {
            /** @description There is no administrator yet. */
            needed: boolean;
            /** @description One can sign in with a passkey. */
            passkeys: boolean;
            /** @description Who else signs people in (`/v1/login/oidc`), by the name for people; null for nobody. */
            provider: string | null;
        };
        /** @description The shares of a session. */
        ShareList: {
            /** @description Newest first. */
            shares: components["schemas"]["ShareView"][];
        };
        /** @description A session that is shown to chosen people. */
        ShareView: {
            /** @description Since when. */
            created_at: string | null;
            /** @description Who shares it. */
            created_by: string;
            /** @description Until when. */
            expires_at: string | null;
            /** @description With the members of which groups. */
            groups: string[];
            /** @description Its lasting name. */
            id: string;
            /** @description Where the console opens it: only for those with whom it is shared. */
            link: string;
            /** @description It can be opened now. */
            live: boolean;
            /** @description What they are told. */
            note: string;
            /** @description Who has opened it. */
            openings: components["schemas"]["OpeningView"][];
            /** @description When. */
            revoked_at: string | null;
            /** @description Who took it back; empty when nobody did. */
            revoked_by: string;
            /** @description The session. */
            session_id: string;
            /** @description With whom, by login name; those that are gone are left out. */
            users: string[];
        };
        /** @description Somebody who is signed in. */
        SignedIn: {
            /** @description To be sent as `X-CSRF-Token` with every changing request; null for API tokens, which need none. */
            csrf: string | null;
            /** @description When the login ends unless it is used; null for API tokens. */
            expires_at: string | null;
            /** @description Who. */
            person: components["schemas"]["PersonView"];
        };
        /** @description Somebody came in under the viewer's name, or tried to. */
        SignIn: {
            at: string;
            /** @description From where. */
            client_ip: string;
            /** @description By what: `password`, `key`, `passkey` …; of a failure what was wrong. */
            method: string;
            /** @description By what second factor; empty for none. */
            second_factor: string;
            /** @description They came in. */
            succeeded: boolean;
        };
        /** @description The newest sign-ins of the viewer. */
        SignIns: {
            /** @description Newest first. */
            sign_ins: components["schemas"]["SignIn"][];
        };
        /** @description A function. */
        SqlFunction: {
            /** @description The name. */
            name: string;
            /** @description The schema's name. */
            schema: string;
        };
        /** @description An error or a notice of the resource. */
        SqlMessage: {
            /** @description The protocol's code, such as an SQLSTATE. */
            code: string;
            /** @description More of it; may be empty. */
            detail: string;
            /** @description What can be done; may be empty. */
            hint: string;
            /** @description What it says. */
            message: string;
            /**
             * Format: int32
             * @description Where in the statement it is, in characters from 1.
             */
            position: number | null;
            /** @description `ERROR`, `NOTICE` … */
            severity: string;
        };
        /** @description The names that an editor completes. */
        SqlNames: {
            /** @description Functions, as `schema` and `name`. */
            functions: components["schemas"]["SqlFunction"][];
            /** @description There are more than are listed. */
            more: boolean;
            /** @description Tables and views. */
            tables: components["schemas"]["SqlTable"][];
        };
        /** @description A session for statements that is open. */
        SqlOpened: {
            /** @description The database that it is in. */
            database: string;
            /** @description The session's id. */
            session: string;
        };
        /** @description A part of what came of a statement. */
        SqlPart: components["schemas"]["ResultView"] & {
            error?: components["schemas"]["SqlMessage"] | null;
            /** @description What the resource says besides. */
            notices: components["schemas"]["SqlMessage"][];
            /**
             * Format: int64
             * @description Rows so far.
             */
            rows_so_far: number;
            /** @description What the resource says was done; null while it goes on, and after an error. */
            tag?: string | null;
            /**
             * Format: int64
             * @description How long this part took, in milliseconds.
             */
            took_ms: number;
            /** @description Names the result for `/v1/sessions/{id}/results/{which}`. */
            which: string;
        };
        /** @description What is said while a text is run: one document on each line. Empty lines mean nothing, and are sent while nothing else is. */
        SqlSays: {
            /** @description Where it begins in the text, and where it ends, in UTF-16 units. */
            from: number;
            /** @description See `from`. */
            to: number;
            /** @enum {string} */
            type: "statement";
        } | (components["schemas"]["SqlPart"] & {
            /** @enum {string} */
            type: "result";
        }) | {
            /** @description Why the session has ended, when it has. */
            ended: string | null;
            /** @description How the transaction stands: `none`, `open` or `failed`. */
            transaction: string;
            /** @enum {string} */
            type: "end";
        };
        /** @description How a session for statements is. */
        SqlState: {
            /** @description The database that it is in. */
            database: string;
            lock: components["schemas"]["FilesLock"] | null;
            /** @description The session's id. */
            session: string;
            /** @description `none`, `open` or `failed`. */
            transaction: string;
        };
        /** @description A table or a view. */
        SqlTable: {
            /** @description The names of the columns. */
            columns: string[];
            /** @description `table`, `view` … */
            kind: string;
            /** @description The name. */
            name: string;
            /** @description The schema's name. */
            schema: string;
        };
        /** @description What to run. */
        SqlText: {
            /** @description `plan` shows how they would be run, `analyze` runs them and shows how they were. */
            explain?: string | null;
            /**
             * @description One or several statements. They are run one after the other, up to the first that fails; each commits by itself, unless there is
             *     a transaction.
             */
            text: string;
        };
        /** @description A wish for a session for statements. */
        SqlWish: {
            /** @description The account; the rule's first one when absent. */
            account?: string | null;
            /** @description The database; the resource's own default when absent. */
            database?: string | null;
            /** @description It is for one text only, as that of `doorward exec`: the session's verb is `exec`. */
            exec?: boolean;
            /** @description The resource's name. */
            resource: string;
            /** @description What to answer when the resource asks for the account's password, where the gateway has none for it. */
            secret?: string | null;
        };
        /** @description A certificate. */
        SshCertificateView: {
            /** @description The line of a `-cert.pub` file. */
            certificate: string;
            /** @description When it ends. */
            expires_at: string | null;
            /** @description What it is called in logs; the last word is the token that it was made with. */
            key_id: string;
            /** @description The login name that it is for. */
            principal: string;
            /** @description Its number. */
            serial: string;
        };
        /** @description A strand of a recording. */
        StrandView: {
            /**
             * Format: int64
             * @description Bytes from the resource to the caller.
             */
            bytes_down: number;
            /**
             * Format: int64
             * @description Bytes from the caller to the resource.
             */
            bytes_up: number;
            /**
             * Format: int32
             * @description Columns at the start; 0 when it has no size.
             */
            cols: number;
            /**
             * Format: int64
             * @description When it ended; null while it runs.
             */
            ended_ms: number | null;
            /**
             * Format: int32
             * @description The exit status; null when there is none.
             */
            exit_code: number | null;
            /** @description `terminal`, `command`, `files`, `forward`, `statements` or `display`. */
            kind: string;
            /**
             * Format: int32
             * @description Rows at the start; 0 when it has no size.
             */
            rows: number;
            /**
             * Format: int64
             * @description When it began, in milliseconds since the recording began.
             */
            started_ms: number;
            /**
             * Format: int32
             * @description Its number on the tape.
             */
            strand: number;
            /** @description The command line, the subsystem, or `host:port`; empty for a login shell. */
            title: string;
        };
        /** @description What the browser says in text messages. */
        TerminalHears: {
            /**
             * Format: int32
             * @description Columns.
             */
            cols: number;
            /**
             * Format: int32
             * @description Rows.
             */
            rows: number;
            /** @enum {string} */
            type: "resize";
        } | {
            /** @description The text. */
            text: string;
            /** @enum {string} */
            type: "answer";
        };
        /** @description What the gateway says in text messages. */
        TerminalSays: {
            /** @description Its id. */
            id: string;
            /** @enum {string} */
            type: "session";
        } | {
            /** @description Whether the answer may be seen while it is typed. */
            echo: boolean;
            /** @description What to write before the answer. */
            text: string;
            /** @enum {string} */
            type: "prompt";
        } | {
            /**
             * Format: int32
             * @description The exit status of the program; null when it has none.
             */
            exit: number | null;
            /** @description Why, as in the list of sessions; `user_disconnect` also when the program has ended. */
            reason: string;
            /** @description The same for people. */
            text: string;
            /** @enum {string} */
            type: "end";
        };
        /** @description Reviewers of whom some have to agree. */
        TierView: {
            /** @description It is the one that is asked now. */
            asked: boolean;
            /**
             * Format: int32
             * @description How many have.
             */
            have: number;
            /**
             * Format: int32
             * @description How many of them have to agree.
             */
            needed: number;
            /** @description Who, in words. */
            who: string;
        };
        /** @description How the player's clock runs when long pauses are shortened. */
        TimeMapView: {
            /**
             * Format: int64
             * @description The length on the player's clock.
             */
            duration_ms: number;
            /** @description The pauses that were shortened, in order. */
            gaps: components["schemas"]["Gap"][];
            /**
             * Format: int64
             * @description The length in real time.
             */
            real_duration_ms: number;
        };
        /** @description The viewer's tokens. */
        TokenList: {
            /** @description Newest last. */
            tokens: components["schemas"]["TokenView"][];
        };
        /** @description A token, without its text. */
        TokenView: {
            /** @description When it was made. */
            created_at: string | null;
            /** @description When it ends; null for never. */
            expires_at: string | null;
            /** @description Its lasting name. */
            id: string;
            /**
             * @description `api`; `login` of a program that was let in with a browser; `database` for a password for clients of databases; of service
             *     accounts `key`, and `service` for what a key was exchanged for.
             */
            kind: string;
            /** @description When it was last used, to the minute. */
            last_used_at: string | null;
            /** @description The login name that goes with a password for clients of databases; null for API tokens. */
            login: string | null;
            /** @description What its owner calls it. */
            name: string;
            /** @description The token itself: only in the answer that makes it. */
            token: string | null;
        };
        /**
         * @description What to keep.
         * @example {
         *       "query": "status=failed&last=24h&sort=created_at:desc",
         *       "shared": false
         *     }
         */
        ViewBody: {
            /** @description The query string of the list, such as `status=all&type=ssh&sort=duration:desc`; at most 4096 bytes. */
            query: string;
            /** @description For everybody; administrators only. */
            shared?: boolean;
        };
        /** @description The views that the viewer sees. */
        ViewList: {
            /** @description The viewer's own, then everybody's; each by page and name. */
            views: components["schemas"]["SavedView"][];
        };
        /** @description What a reviewer says with a vote. */
        VoteBody: {
            /**
             * @description Why; the requester reads it.
             * @default
             */
            comment?: string;
        };
        /** @description What became of one vote. */
        VoteResult: {
            /** @description Why the vote was not taken. */
            error: string | null;
            /** @description The request. */
            id: string;
            /** @description The vote was taken. */
            ok: boolean;
            /** @description Where the request stands now; null when it is not known. */
            state: string | null;
        };
        /** @description A vote that was cast. */
        VoteView: {
            at: string;
            /** @description `approve` or `deny`. */
            ballot: string;
            /** @description By whom. */
            by: string;
            /** @description What they wrote; may be empty. */
            comment: string;
            /**
             * Format: int32
             * @description In which tier, from 1.
             */
            tier: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
