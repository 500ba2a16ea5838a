// The admin API's types, generated from docs/reference/openapi.json by `npm run generate`.
export interface paths {
    "/v1/apis": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the configured APIs */
        get: operations["listApis"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apis/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a configured API */
        get: operations["getApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List and search organizations */
        get: operations["listOrganizations"];
        put?: never;
        /** Create an organization */
        post: operations["createOrganization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an organization */
        get: operations["getOrganization"];
        put?: never;
        post?: never;
        /**
         * Delete an organization for good
         * @description Revokes all its keys and erases its name, key names, lists, memberships, invitations, denied requests and audit details. Usage stays as numbers under its id. A repetition succeeds.
         */
        delete: operations["deleteOrganization"];
        options?: never;
        head?: never;
        /**
         * Change an organization
         * @description When the call returns, granted limits and metadata apply to all keys of the organization.
         */
        patch: operations["updateOrganization"];
        trace?: never;
    };
    "/v1/orgs/{id}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Suspend an organization */
        post: operations["suspendOrganization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a suspended organization */
        post: operations["resumeOrganization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{id}/apis/{api}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Suspend an organization for one API
         * @description Its keys of other APIs go on. When the call returns, every node refuses its keys of this API.
         */
        post: operations["suspendOrganizationForApi"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orgs/{id}/apis/{api}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume an organization for one API
         * @description If the organization is suspended as a whole too, its keys stay refused.
         */
        post: operations["resumeOrganizationForApi"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List and search keys */
        get: operations["listKeys"];
        put?: never;
        /**
         * Create a key
         * @description Only this reply has the secret; the server does not store it.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find the key of a secret by its digest
         * @description Also finds secrets that were rotated away or have expired, and revoked keys.
         */
        post: operations["findKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a key */
        get: operations["getKey"];
        put?: never;
        post?: never;
        /** Revoke a key for good */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        /**
         * Change a key
         * @description Each list you send replaces the old one; omitted fields, and omitted names of metadata, keep their values.
         */
        patch: operations["updateKey"];
        trace?: never;
    };
    "/v1/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a key a new secret
         * @description The old secret keeps working for the overlap, but not beyond the expiry of the key.
         */
        post: operations["rotateKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Disable a key */
        post: operations["disableKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Enable a key */
        post: operations["enableKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Transfer a key to another organization
         * @description Its past usage stays with the first organization. Its metadata is removed.
         */
        post: operations["transferKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the current and old secrets of a key */
        get: operations["listSecrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/addresses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the addresses from which a key was used
         * @description By whole hours, the most used first. The requests of the last seconds come later.
         */
        get: operations["listKeyAddresses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/secrets/{secretId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change when an old secret expires */
        patch: operations["endSecret"];
        trace?: never;
    };
    "/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tokens */
        get: operations["listTokens"];
        put?: never;
        /**
         * Create a token for a program
         * @description Only this reply has the token. Requires the operator token.
         */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the secret of a token
         * @description The old one keeps working for the overlap, but not beyond the expiry of the token. Requires the operator token.
         */
        post: operations["rotateToken"];
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
        /**
         * Revoke a token for good
         * @description When the call returns, no node accepts it, on open connections neither. Requires the operator token.
         */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhooks */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Create a webhook
         * @description Only this reply has the shared secret.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a webhook */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /** Delete a webhook with what waits for it */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /** Change, disable or enable a webhook */
        patch: operations["updateWebhook"];
        trace?: never;
    };
    "/v1/webhooks/{id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the secret of a webhook
         * @description The old secret signs too for the overlap: deliveries have both signatures.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/end-overlap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End the overlap of a rotation
         * @description The old secret signs no more. Without an overlap, nothing changes.
         */
        post: operations["endWebhookOverlap"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test event
         * @description Sends an event webhook.test once, without retries. The deliveries show the result.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the deliveries of the last 30 days */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries/{deliveryId}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the attempts of a delivery */
        get: operations["listAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries/{deliveryId}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an event again
         * @description It has the id of the event again, and all attempts from the first.
         */
        post: operations["replayDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List alerts of the last 90 days */
        get: operations["listAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an alert with what would help */
        get: operations["getAlert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Note that someone has seen an alert */
        post: operations["acknowledgeAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{id}/mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mute a rule for the subject of an alert */
        post: operations["muteAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alert-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the rules with their numbers */
        get: operations["listAlertRules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alert-rules/{rule}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Switch a rule, or change its numbers */
        patch: operations["updateAlertRule"];
        trace?: never;
    };
    "/v1/alert-rules/{rule}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Count the alerts that a rule would have raised
         * @description Replays the rule over the last 30 days. Changes nothing.
         */
        post: operations["previewAlertRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Import keys of another system by their digests */
        post: operations["importKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List people */
        get: operations["listPeople"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/people/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a person for good
         * @description Ends the sessions and erases the account, its memberships and its name and address in the audit log. Keys stay, because they belong to organizations.
         */
        delete: operations["deletePerson"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/denials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List denied requests with their fixes */
        get: operations["listDenials"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count requests by organization, key, API, environment, outcome and time
         * @description Without `by`: each hour, API, environment and outcome of at most 92 days, by default the last 24 hours. With `by`: a page of sums by these groups, for at most 1,100 days.
         */
        get: operations["listUsage"];
        put?: never;
        post?: never;
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
        /** List changes, with their author and source */
        get: operations["listAudit"];
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
        /** Export the audit log as JSON lines, oldest first */
        get: operations["exportAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/archived": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Note that an archive has all records up to this one
         * @description The records up to it may then leave the database once they are older than `retention.audit`. `miftah audit archive` calls it after its files are on disk.
         */
        post: operations["noteAuditArchived"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/destinations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List where the audit log is sent, and how far each destination is */
        get: operations["listAuditDestinations"];
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
        /** List the nodes that share the database */
        get: operations["listNodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/config/reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reload the configuration of all nodes
         * @description Each node reads its own file. All nodes check theirs first; if one has a fault, does not answer, or would use another configuration than the others, none changes.
         */
        post: operations["reloadConfig"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Back up the database */
        post: operations["createBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process is alive */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server can decide requests */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics in the Prometheus text format
         * @description Needs a token for metrics, or the operator token, if `internal.metrics` is `token`.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The public keys of the assertions that upstreams receive (RFC 7517) */
        get: operations["getJwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decide about a request
         * @description Counts limits and records usage and denied requests, unless `explain` is true.
         */
        post: operations["verifyRequest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Api: {
            id: string;
            profile: string;
            credential: {
                /** @enum {string} */
                kind: "header";
                header: string;
            } | {
                /** @enum {string} */
                kind: "bearer";
            } | {
                /** @enum {string} */
                kind: "basic";
                /** @enum {string} */
                part: "user" | "password";
            } | {
                /** @enum {string} */
                kind: "scheme";
                header: string;
                scheme: string;
                parameter?: string;
            } | {
                /** @enum {string} */
                kind: "subprotocol";
                prefix: string;
            } | {
                /** @enum {string} */
                kind: "query";
                name: string;
            } | {
                /** @enum {string} */
                kind: "anyOf";
                sources: ({
                    /** @enum {string} */
                    kind: "header";
                    header: string;
                } | {
                    /** @enum {string} */
                    kind: "bearer";
                } | {
                    /** @enum {string} */
                    kind: "basic";
                    /** @enum {string} */
                    part: "user" | "password";
                } | {
                    /** @enum {string} */
                    kind: "scheme";
                    header: string;
                    scheme: string;
                    parameter?: string;
                } | {
                    /** @enum {string} */
                    kind: "subprotocol";
                    prefix: string;
                } | {
                    /** @enum {string} */
                    kind: "query";
                    name: string;
                })[];
            };
            environments: ("live" | "test")[];
            urls: {
                live?: string;
                test?: string;
            };
            /** @description The host names of its requests. `null`: the key decides the environment */
            hosts: {
                host: string;
                /** @enum {string|null} */
                environment: "live" | "test" | null;
            }[];
            /** @description Where allowed requests go. Empty: the public listener does not serve the API. Absent for a token of one organization */
            upstream?: {
                live?: string;
                test?: string;
            };
            keyFormat: {
                prefixes: {
                    live?: string;
                    test?: string;
                };
                /** @description Characters of a secret, with its prefix */
                length: number;
                /** @enum {string} */
                alphabet: "base62" | "hex" | "base32" | "base36" | "base58" | "base64url";
                /** @enum {string} */
                checksum: "crc32" | "none";
            };
            /** @enum {string} */
            limitWindows: "fixed" | "sliding";
            templates: components["schemas"]["KeyTemplate"][];
            importedKeys?: {
                /** @enum {string} */
                algorithm: "sha256" | "sha512";
                prefix: string;
                minLength: number;
                maxLength: number;
            };
        };
        /** @description Presets for new keys. It sets the fields that it has */
        KeyTemplate: {
            /** @example read-only */
            id: string;
            name: {
                en: string;
                ar: string;
            };
            description?: {
                en: string;
                ar: string;
            };
            addresses?: string[];
            referrers?: string[];
            endpoints?: string[];
            scopes?: string[];
            rateLimits?: string[];
            expiresInDays?: number;
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            /** @enum {string} */
            code: "bad_request" | "unauthenticated" | "origin_not_allowed" | "method_not_allowed" | "body_too_large" | "idempotency_in_progress" | "idempotency_reply_gone" | "unsupported_media_type" | "host_not_allowed" | "idempotency_key_reused" | "internal_error" | "draining" | "unavailable" | "outcome_unknown" | "invalid_input" | "api_unknown" | "import_not_configured" | "not_found" | "org_not_active" | "org_kind_not_allowed" | "org_kind_in_use" | "rotation_not_supported" | "key_limit_reached" | "webhook_limit_reached" | "webhook_disabled" | "webhook_unsigned" | "external_id_taken" | "disabling_not_supported" | "secret_in_force" | "secret_ended" | "not_permitted" | "token_not_allowed" | "exceeds_own_rights" | "key_not_active" | "revision_mismatch" | "fix_changed" | "config_invalid" | "config_differs" | "node_silent" | "reload_in_progress" | "reload_incomplete" | "reload_unsupported" | "credentials_wrong" | "not_signed_in" | "session_not_fresh" | "cross_site" | "invitation_for_another" | "set_up_token_wrong" | "invitation_invalid" | "already_member" | "mail_not_configured" | "last_operator" | "last_owner" | "too_many_attempts" | "backup_not_supported" | "cursor_invalid" | "conflict" | "reference_missing" | "record_corrupt" | "storage_corrupt" | "storage_busy" | "storage_closed" | "storage_failed" | "storage_full" | "storage_io" | "storage_unreachable" | "storage_unwritable" | "transaction_timeout";
            /** @example addresses[1] */
            field?: string;
            errors?: {
                field: string;
                detail: string;
            }[];
            /** @description For `last_owner` at a deletion: up to 3 organizations that would have no owner */
            organizations?: {
                id: string;
                name: string;
            }[];
            /** @description For a reload of the configuration: the nodes, and how each took part */
            nodes?: components["schemas"]["ReloadedNode"][];
        };
        ReloadedNode: {
            id: string;
            name: string;
            isThis: boolean;
            /**
             * @description ready: its file is valid, and nothing has changed; changed: it uses the new configuration; unchanged: nothing differed; refused: its file has faults; failed: it could not change; silent: it did not answer in time; gone: it left meanwhile
             * @enum {string}
             */
            outcome: "ready" | "changed" | "unchanged" | "refused" | "failed" | "silent" | "gone";
            /**
             * @description The digest of the configuration before
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            before?: string;
            /**
             * @description The digest of the configuration of its file
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            after?: string;
            /**
             * @description Settings by their names in the file, without their values
             * @example [
             *       "apis[acme].upstream"
             *     ]
             */
            changed?: string[];
            /**
             * @description Settings by their names in the file, without their values
             * @example [
             *       "apis[acme].upstream"
             *     ]
             */
            needRestart?: string[];
            faults?: {
                /** @example miftah.yaml:12 */
                place: string;
                /** @example apis[0].profile */
                setting: string;
                detail: string;
            }[];
        };
        /** @description Present only if some nodes could not be reached and serve from their caches (`onStoreOutage`). The change is stored and applies on all other nodes; on these it applies by `boundUntil`. */
        Coherence: {
            /** @enum {boolean} */
            reached: false;
            /** @description The ids of the nodes; null: the database could not list them */
            nodes: string[] | null;
            /**
             * Format: date-time
             * @description Until this instant, by the clock of the answering node, they may use the old state
             * @example 2026-11-21T09:30:30.000Z
             */
            boundUntil: string;
        };
        Organization: {
            /** @example org_4Wc1bXnE0kQxv9TzJr2s */
            id: string;
            name: string;
            /**
             * @description The first of its kinds
             * @example dealer
             */
            kind: string;
            /**
             * @description Its kinds. Some APIs issue keys to one kind only
             * @example [
             *       "dealer",
             *       "school"
             *     ]
             */
            kinds: string[];
            /**
             * @description suspended: all its keys are refused
             * @enum {string}
             */
            status: "active" | "suspended";
            /**
             * @description Ids of the APIs for which it is suspended: its keys of these are refused
             * @example [
             *       "palcards"
             *     ]
             */
            suspendedApis: string[];
            /**
             * @description By API, the rate limits that the operator granted to its keys instead of those of the policy
             * @example {
             *       "classic": [
             *         "600/m"
             *       ]
             *     }
             */
            grantedLimits: {
                [key: string]: string[];
            };
            /**
             * @description Words to find it by
             * @example [
             *       "eu",
             *       "billing"
             *     ]
             */
            tags: string[];
            /**
             * @description Facts about it by name. `forwardMetadata` of an API sends named ones to the upstream
             * @example {
             *       "plan": "gold"
             *     }
             */
            metadata: {
                [key: string]: string;
            };
            /**
             * @description Its id in the vendor's own system. No other organization has it
             * @example cus_42
             */
            externalId: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
        };
        NewOrganization: {
            name: string;
            kind?: string;
            /**
             * @description Several kinds, instead of `kind`. Replaces those before
             * @example [
             *       "dealer",
             *       "school"
             *     ]
             */
            kinds?: string[];
            /**
             * @description At most 20, of 1 to 40 characters without comma and semicolon, stored in lower case. Replaces those before
             * @example [
             *       "eu",
             *       "billing"
             *     ]
             */
            tags?: string[];
            /**
             * @description At most 20 names of lower-case letters, digits, `_` and `-`, with values of 1 to 200 characters; 2,048 bytes as JSON. Omitted names keep their values; null removes a name
             * @example {
             *       "plan": "gold"
             *     }
             */
            metadata?: {
                [key: string]: string | null;
            };
            /**
             * @description 1 to 128 visible ASCII characters; null removes it. For operators
             * @example cus_42
             */
            externalId?: string | null;
        };
        OrganizationUpdate: {
            name?: string;
            kind?: string;
            /**
             * @description Several kinds, instead of `kind`. Replaces those before
             * @example [
             *       "dealer",
             *       "school"
             *     ]
             */
            kinds?: string[];
            /**
             * @description By API, the rate limits that the operator granted to its keys instead of those of the policy. An empty list removes the grant; omitted APIs keep theirs
             * @example {
             *       "classic": [
             *         "600/m"
             *       ]
             *     }
             */
            grantedLimits?: {
                [key: string]: string[];
            };
            /**
             * @description At most 20, of 1 to 40 characters without comma and semicolon, stored in lower case. Replaces those before
             * @example [
             *       "eu",
             *       "billing"
             *     ]
             */
            tags?: string[];
            /**
             * @description At most 20 names of lower-case letters, digits, `_` and `-`, with values of 1 to 200 characters; 2,048 bytes as JSON. Omitted names keep their values; null removes a name
             * @example {
             *       "plan": "gold"
             *     }
             */
            metadata?: {
                [key: string]: string | null;
            };
            /**
             * @description 1 to 128 visible ASCII characters; null removes it. For operators
             * @example cus_42
             */
            externalId?: string | null;
        };
        DeletedOrganization: {
            id: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            deletedAt: string;
            /** @description Keys that this call revoked; 0 if it was deleted before */
            keysRevoked: number;
            /** @description Its members who are in no other organization. Their accounts remain */
            withoutOrganization: {
                id: string;
                email: string;
            }[];
            /** @description Audit records of an older Miftah that keep their content, because their hashes cover it */
            entriesKept: number;
            /** @description Whether the erasure of its content goes on after this reply. It finishes by itself */
            isErasing: boolean;
        };
        KeyWithSecret: components["schemas"]["Key"] & {
            /** @description Shown only once; the server does not store it. */
            secret: string;
        };
        Key: {
            /** @example key_4Wc1bXnE0kQxv9TzJr2s */
            id: string;
            name: string;
            /** @example classic */
            api: string;
            org: string;
            /** @enum {string} */
            environment: "live" | "test";
            /** @example sk_live_1a2b…9f3c */
            masked: string;
            /** @enum {string} */
            status: "active" | "disabled" | "expired" | "revoked";
            /**
             * @example [
             *       "203.0.113.7"
             *     ]
             */
            addresses: string[];
            /**
             * @description What the list of addresses does. `enforce` refuses other addresses. `report` refuses no one, and shows the addresses that the list lacks
             * @enum {string}
             */
            addressCheck: "enforce" | "report";
            referrers: string[];
            /**
             * @example [
             *       "GET /v1/users/*"
             *     ]
             */
            endpoints: string[];
            scopes: string[];
            /**
             * @description Its own rate limits, which apply in addition to the granted ones
             * @example [
             *       "60/m"
             *     ]
             */
            rateLimits: string[];
            /**
             * @description The rate limits that the operator granted to this key; null: those of its organization or API apply
             * @example [
             *       "600/m"
             *     ]
             */
            grantedLimits: string[] | null;
            /**
             * @description Words to find it by
             * @example [
             *       "eu",
             *       "billing"
             *     ]
             */
            tags: string[];
            /**
             * @description Facts about it by name. `forwardMetadata` of an API sends named ones to the upstream
             * @example {
             *       "plan": "gold"
             *     }
             */
            metadata: {
                [key: string]: string;
            };
            /**
             * @description Its id in the vendor's own system. No other key of the API has it, except revoked ones
             * @example cus_42
             */
            externalId: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When the current secret was made: at the creation, or at the last rotation
             * @example 2026-11-21T09:30:00.000Z
             */
            secretCreatedAt: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            updatedAt: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            expiresAt: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            revokedAt: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            disabledAt: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            lastUsedAt: string | null;
            lastUsedAddress: string | null;
            revision: number;
        };
        NewKey: {
            api: string;
            org: string;
            /** @enum {string} */
            environment?: "live" | "test";
            /**
             * @description A template of the policy. It sets the fields that the request omits, within what the sender may set
             * @example read-only
             */
            template?: string;
            name?: string;
            addresses?: string[];
            /**
             * @description What the list of addresses does. `enforce` refuses other addresses. `report` refuses no one, and shows the addresses that the list lacks
             * @enum {string}
             */
            addressCheck?: "enforce" | "report";
            referrers?: string[];
            endpoints?: string[];
            scopes?: string[];
            /**
             * @description From the operator, they also set the grant of the key, and an empty list removes the grant. From a member, they may only tighten the grant
             * @example [
             *       "60/m"
             *     ]
             */
            rateLimits?: string[];
            expiresAt?: string | null;
            /**
             * @description At most 20, of 1 to 40 characters without comma and semicolon, stored in lower case. Replaces those before
             * @example [
             *       "eu",
             *       "billing"
             *     ]
             */
            tags?: string[];
            /**
             * @description At most 20 names of lower-case letters, digits, `_` and `-`, with values of 1 to 200 characters; 2,048 bytes as JSON. Omitted names keep their values; null removes a name
             * @example {
             *       "plan": "gold"
             *     }
             */
            metadata?: {
                [key: string]: string | null;
            };
            /**
             * @description 1 to 128 visible ASCII characters; null removes it. For operators
             * @example cus_42
             */
            externalId?: string | null;
        };
        FoundKey: components["schemas"]["Key"] & {
            foundSecret: components["schemas"]["Secret"];
        };
        /** @description The secret that has this digest */
        Secret: {
            /** @example sec_9f86d081884c7d65 */
            id: string;
            /** @example sk_live_1a2b…9f3c */
            masked: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            /**
             * @description `superseded`: an old secret that still works. If the key itself is refused, all of its secrets are refused.
             * @enum {string}
             */
            status: "in_force" | "superseded" | "ended";
            /**
             * Format: date-time
             * @description When it expires; null: not until it is replaced, or ended by hand
             * @example 2026-11-21T09:30:00.000Z
             */
            endsAt: string | null;
            /** @description Requests with this secret after it was superseded */
            useCount: number;
            /**
             * Format: date-time
             * @description The last of these requests
             * @example 2026-11-21T09:30:00.000Z
             */
            lastUsedAt: string | null;
            lastUsedAddress: string | null;
        };
        KeyFind: {
            /**
             * @description SHA-256 or SHA-512 of the whole secret, in hex or base64. The secret itself is not sent
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            digest: string;
        };
        KeyUpdate: {
            name?: string;
            addresses?: string[];
            /**
             * @description What the list of addresses does. `enforce` refuses other addresses. `report` refuses no one, and shows the addresses that the list lacks
             * @enum {string}
             */
            addressCheck?: "enforce" | "report";
            referrers?: string[];
            endpoints?: string[];
            scopes?: string[];
            /**
             * @description From the operator, they also set the grant of the key, and an empty list removes the grant. From a member, they may only tighten the grant
             * @example [
             *       "60/m"
             *     ]
             */
            rateLimits?: string[];
            expiresAt?: string | null;
            /**
             * @description At most 20, of 1 to 40 characters without comma and semicolon, stored in lower case. Replaces those before
             * @example [
             *       "eu",
             *       "billing"
             *     ]
             */
            tags?: string[];
            /**
             * @description At most 20 names of lower-case letters, digits, `_` and `-`, with values of 1 to 200 characters; 2,048 bytes as JSON. Omitted names keep their values; null removes a name
             * @example {
             *       "plan": "gold"
             *     }
             */
            metadata?: {
                [key: string]: string | null;
            };
            /**
             * @description 1 to 128 visible ASCII characters; null removes it. For operators
             * @example cus_42
             */
            externalId?: string | null;
        };
        Rotation: {
            /** @example 24h */
            overlap?: string;
        };
        Transfer: {
            /** @description The new organization of the key */
            org: string;
        };
        KeyAddresses: {
            data: {
                /** @description An IPv4 address, or the /64 network of an IPv6 address */
                address: string;
                /** @description All requests from there */
                count: number;
                /** @description Those of them that were refused, for any reason */
                refused: number;
                /**
                 * Format: date-time
                 * @description The start of the first hour
                 * @example 2026-11-21T09:30:00.000Z
                 */
                firstHour: string;
                /**
                 * Format: date-time
                 * @description The start of the last hour
                 * @example 2026-11-21T09:30:00.000Z
                 */
                lastHour: string;
                /** @description Whether the list of the key has it. An empty list has none, even if the key works from everywhere */
                isOnList: boolean;
                /** @description Whether lists of this API can have it */
                canBeListed: boolean;
            }[];
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            from: string;
            /** @description How many more addresses there are than the answer has */
            unlisted: number;
            /** @description Requests from addresses that were too many in their hour to be kept one by one */
            beyond: {
                count: number;
                refused: number;
            };
        };
        SecretEnd: {
            /**
             * @description When it expires: `now`, a duration of at most 30 days such as `7d`, or `until_ended`
             * @example now
             */
            endsIn: string;
        };
        TokenWithSecret: components["schemas"]["Token"] & {
            /** @description Shown only once; the server does not store it. */
            token: string;
        };
        Token: {
            /** @example tok_4Wc1bXnE0kQxv9TzJr2s */
            id: string;
            /** @example edge */
            name: string;
            /**
             * @description decide: only decisions; metrics: only metrics; admin: the admin API; null: nothing, because this version does not know all bounds of the token
             * @enum {string|null}
             */
            may: "decide" | "metrics" | "admin" | null;
            /**
             * @description The APIs that it reaches; null: all
             * @example [
             *       "classic"
             *     ]
             */
            apis: string[] | null;
            /** @description The only organization that it reaches; null: all */
            org: string | null;
            /** @description Whether it can change nothing */
            readOnly: boolean;
            /** @example mft_1a2b…9f3c */
            masked: string;
            /** @enum {string} */
            status: "active" | "expired" | "revoked";
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When its secret was last replaced
             * @example 2026-11-21T09:30:00.000Z
             */
            rotatedAt: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            expiresAt: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            revokedAt: string | null;
            /**
             * Format: date-time
             * @description Its last use, to the minute
             * @example 2026-11-21T09:30:00.000Z
             */
            lastUsedAt: string | null;
            lastUsedAddress: string | null;
        };
        NewToken: {
            /**
             * @description 1 to 100 characters
             * @example edge
             */
            name: string;
            /** @enum {string} */
            may: "decide" | "metrics" | "admin";
            /**
             * @description The APIs that it reaches, at least one. Default: all
             * @example [
             *       "classic"
             *     ]
             */
            apis?: string[];
            /** @description For admin: the only organization that it reaches. Default: all */
            org?: string;
            /** @description For admin: whether it can change nothing */
            readOnly?: boolean;
            /** @description Default: never */
            expiresAt?: string | null;
        };
        WebhookWithSecret: components["schemas"]["Webhook"] & {
            /** @description What verifies deliveries: whsec_…, which only this reply has, or the public key whpk_…; null: nothing is signed */
            secret: string | null;
        };
        Webhook: {
            /** @example wh_4Wc1bXnE0kQxv9TzJr2s */
            id: string;
            /** @description The organization whose events it gets; null: the operator’s, with the events of all */
            org: string | null;
            /** @example billing */
            name: string;
            /** @example https://example.com/webhooks */
            url: string;
            /** @description The types of events that it gets; null: all, also those of later versions */
            types: ("key.created" | "key.updated" | "key.rotated" | "key.disabled" | "key.enabled" | "key.transferred" | "key.revoked" | "key.expiring" | "key.expired" | "key.first_used" | "key.unused" | "keys.imported" | "organization.created" | "organization.updated" | "organization.suspended" | "organization.resumed" | "organization.deleted" | "member.added" | "member.role_changed" | "member.removed" | "webhook.disabled" | "alert.raised" | "webhook.test")[] | null;
            /** @enum {string} */
            format: "standard" | "alertmanager";
            /**
             * @description none: its format has no signature
             * @enum {string}
             */
            signature: "hmac" | "ed25519" | "none";
            /**
             * @description With ed25519: whpk_…, which verifies deliveries
             * @example null
             */
            publicKey: string | null;
            /** @enum {string} */
            status: "enabled" | "disabled";
            /**
             * @description request: someone disabled it; gone: it answered 410; failing: attempts failed for three days
             * @enum {string|null}
             */
            disabledBecause: "request" | "gone" | "failing" | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            disabledAt: string | null;
            /**
             * Format: date-time
             * @description Until when the secret before the last rotation signs too
             * @example 2026-11-21T09:30:00.000Z
             */
            formerSecretUntil: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
        };
        NewWebhook: {
            /** @description The organization whose events it gets. Default: the events of all */
            org?: string;
            /**
             * @description 1 to 100 characters
             * @example billing
             */
            name: string;
            /**
             * @description https, with a public address
             * @example https://example.com/webhooks
             */
            url: string;
            /**
             * @description Types of events, at least one. Default: all
             * @example [
             *       "key.created",
             *       "key.revoked"
             *     ]
             */
            types?: string[];
            /**
             * @description standard: events of Standard Webhooks; alertmanager: alerts for Alertmanager, without a signature. Default standard
             * @enum {string}
             */
            format?: "standard" | "alertmanager";
            /**
             * @description hmac: a shared secret; ed25519: a private key. Default hmac
             * @enum {string}
             */
            signature?: "hmac" | "ed25519";
        };
        ListedWebhook: components["schemas"]["Webhook"] & {
            lastDelivery: components["schemas"]["Delivery"] | null;
        };
        Delivery: {
            /**
             * @description For a replay
             * @example dlv_42
             */
            id: string;
            /**
             * @description The webhook-id of every attempt
             * @example evt_3nVb7Lw0QeYp5TzJr2sKxA
             */
            event: string;
            /** @example key.revoked */
            type: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            happenedAt: string;
            /** @enum {string} */
            status: "waiting" | "delivered" | "failed";
            /** @description Attempts that have ended, since the event or its last replay */
            attempts: number;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            nextAttemptAt: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            lastAttemptAt: string | null;
            /** @description The status of the last answer; null: there was none */
            lastStatus: number | null;
            /**
             * @description Why the last attempt failed: status, or why no answer came
             * @example timed_out
             */
            lastError: string | null;
        };
        WebhookUpdate: {
            name?: string;
            url?: string;
            /**
             * @description null: all
             * @example [
             *       "key.created",
             *       "key.revoked"
             *     ]
             */
            types?: string[] | null;
            /** @description false: it gets events again, and what waited is sent */
            disabled?: boolean;
        };
        Attempt: {
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            beganAt: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            endedAt: string;
            /** @description The status of the answer; null: there was none */
            status: number | null;
            /**
             * @description Why it failed: status, or why no answer came; null: it did not
             * @example timed_out
             */
            error: string | null;
        };
        Alert: {
            /** @example alt_4Wc1bXnE0kQxv9TzJr2s */
            id: string;
            /** @enum {string} */
            rule: "new_network" | "new_country" | "new_route" | "denied_more" | "volume_rise" | "dormant_key_used" | "live_key_at_test" | "ended_key_used" | "limit_hit_often" | "rotation_overdue" | "key_expires_soon" | "key_guessing" | "sign_in_new_network" | "operator_action";
            subject: {
                /** @enum {string} */
                kind: "key" | "address" | "person" | "installation";
                /** @description The id of the key or person, or the address */
                id: string;
            };
            /** @description null: it concerns the operator only */
            org: string | null;
            api: string | null;
            /**
             * Format: date-time
             * @description The start of the hour in which it was found
             * @example 2026-11-21T09:30:00.000Z
             */
            hour: string;
            /**
             * Format: date-time
             * @description The last hour of the cool-down in which the same was found
             * @example 2026-11-21T09:30:00.000Z
             */
            lastHour: string;
            /** @description Hours in which it was found, the first included */
            hours: number;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            raisedAt: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            acknowledgedAt: string | null;
            /**
             * Format: date-time
             * @description Until when no other alert is raised of this subject
             * @example 2026-11-21T09:30:00.000Z
             */
            mutedUntil: string | null;
            evidence: components["schemas"]["AlertEvidence"];
        };
        AlertEvidence: {
            /**
             * @description Numbers of the hour, by name
             * @example {
             *       "requests": 5200
             *     }
             */
            counts: {
                requests?: number;
                allowed?: number;
                denied?: number;
                networks?: number;
                routes?: number;
                countries?: number;
                hours?: number;
                days?: number;
                quietDays?: number;
                secretAgeDays?: number;
                signIns?: number;
                actions?: number;
            };
            /**
             * @description What the rule compared with
             * @example {
             *       "requests": 840
             *     }
             */
            baseline: {
                requests?: number;
                allowed?: number;
                denied?: number;
                networks?: number;
                routes?: number;
                countries?: number;
                hours?: number;
                days?: number;
                quietDays?: number;
                secretAgeDays?: number;
                signIns?: number;
                actions?: number;
            };
            /** @description The addresses behind it, at most 10; empty text: all others of the hour */
            addresses: {
                address: string;
                count: number;
                refused: number;
            }[];
            /** @description Reasons, actions, APIs, routes or countries that say more */
            words: string[];
        };
        AlertWithFixes: components["schemas"]["Alert"] & {
            /** @description Calls that would help. restrict: to the addresses of the 30 days before */
            fixes: components["schemas"]["AlertFix"][];
        };
        AlertFix: {
            /** @enum {string} */
            operation: "restrict" | "rotate" | "disable" | "revoke";
            /** @enum {string} */
            method: "PATCH" | "POST" | "DELETE";
            /** @example /v1/keys/key_3nVb7Lw0QeYp/rotate */
            path: string;
            /** @description null: it needs none */
            body: {
                [key: string]: unknown;
            } | null;
        };
        AlertMute: {
            /**
             * @description A duration of at most 30 days; now: it ends
             * @example 7d
             */
            for: string;
        };
        AlertRule: {
            /** @enum {string} */
            id: "new_network" | "new_country" | "new_route" | "denied_more" | "volume_rise" | "dormant_key_used" | "live_key_at_test" | "ended_key_used" | "limit_hit_often" | "rotation_overdue" | "key_expires_soon" | "key_guessing" | "sign_in_new_network" | "operator_action";
            text: string;
            /** @enum {string} */
            subject: "key" | "address" | "person" | "installation";
            on: boolean;
            onByDefault: boolean;
            /**
             * @description The setting without which the rule finds nothing. `null`: it needs none, or the setting is there
             * @example countries.database
             */
            missing: string | null;
            settings: {
                /** @enum {string} */
                name: "atLeast" | "factor" | "quietDays" | "afterHours" | "hours" | "mostDays" | "learnDays" | "maxNetworks" | "maxRoutes" | "maxCountries" | "afterDays" | "coolDownHours";
                value: number;
                default: number;
                min: number;
                max: number;
                /** @enum {string} */
                unit: "requests" | "times" | "days" | "hours" | "networks" | "routes" | "countries";
                text: string;
            }[];
        };
        AlertRuleUpdate: {
            on?: boolean;
            /**
             * @description Numbers by name; others stay
             * @example {
             *       "factor": 6
             *     }
             */
            settings?: {
                [key: string]: number;
            };
        };
        AlertPreview: {
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            from: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            to: string;
            /** @description How many alerts it would have raised */
            alerts: number;
            /** @description Of how many keys, addresses or persons */
            subjects: number;
            keysReplayed: number;
            /** @description More than keysReplayed: the others were not replayed */
            keysUsed: number;
            /** @description The latest of them, at most 20 */
            latest: {
                subject: {
                    /** @enum {string} */
                    kind: "key" | "address" | "person" | "installation";
                    /** @description The id of the key or person, or the address */
                    id: string;
                };
                org: string | null;
                /**
                 * Format: date-time
                 * @example 2026-11-21T09:30:00.000Z
                 */
                hour: string;
                evidence: components["schemas"]["AlertEvidence"];
            }[];
        };
        AlertPreviewInput: {
            /**
             * @description Numbers by name; others stay
             * @example {
             *       "factor": 6
             *     }
             */
            settings?: {
                [key: string]: number;
            };
        };
        ImportOutcome: {
            imported: number;
            /** @description Rows whose digest already belongs to a key of this API */
            exists: number;
            refused: {
                /** @description From 0 */
                row: number;
                /** @enum {string} */
                code: "invalid_input" | "api_unknown" | "import_not_configured" | "not_found" | "org_not_active" | "org_kind_not_allowed" | "org_kind_in_use" | "rotation_not_supported" | "key_not_active" | "key_limit_reached" | "external_id_taken" | "webhook_limit_reached" | "webhook_disabled" | "webhook_unsigned" | "disabling_not_supported" | "secret_in_force" | "secret_ended" | "not_permitted" | "token_not_allowed" | "not_signed_in" | "exceeds_own_rights" | "revision_mismatch" | "fix_changed";
                field?: string;
                detail: string;
            }[];
            /** @description The created organizations; in a dry run, those that would be created */
            organizations: {
                id: string;
                name: string;
            }[];
        };
        ImportBatch: {
            api: string;
            /** @description Check every row and change nothing. Default false. */
            dryRun?: boolean;
            /**
             * @description Whether the first refused row stops the batch. Default `skip`.
             * @enum {string}
             */
            onError?: "stop" | "skip";
            rows: components["schemas"]["ImportRow"][];
        };
        ImportRow: {
            /** @description SHA-256 or SHA-512 of the secret, hex or base64 */
            digest: string;
            algorithm?: string;
            /** @description The id of its organization. Set this or `orgName`. */
            org?: string;
            /** @description The name of its organization. Miftah creates the organization if none has this name. */
            orgName?: string;
            /** @description `live` or `test`. Default `live`. */
            environment?: string;
            name?: string;
            addresses?: string[];
            referrers?: string[];
            endpoints?: string[];
            scopes?: string[];
            rateLimits?: string[];
            expiresAt?: string | null;
            tags?: string[];
            metadata?: {
                [key: string]: string;
            };
            externalId?: string;
            createdAt?: string;
            prefix?: string;
            start?: string;
            end?: string;
        };
        Account: {
            /** @example per_4Wc1bXnE0kQxv9TzJr2s */
            id: string;
            name: string;
            email: string;
        };
        DeletedPerson: {
            id: string;
            /** @description Audit records of an older Miftah that keep their content, because their hashes cover it */
            entriesKept: number;
        };
        Denial: {
            /** @enum {string} */
            reason: "credential_missing" | "credential_malformed" | "credential_ambiguous" | "key_unknown" | "key_revoked" | "key_disabled" | "key_expired" | "org_suspended" | "environment_mismatch" | "address_not_allowed" | "address_list_empty" | "referrer_not_allowed" | "endpoint_not_allowed" | "scope_missing" | "path_not_canonical" | "rate_limited" | "quota_exceeded" | "unavailable";
            clientAddress: string | null;
            keyId: string | null;
            api: string;
            org: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            firstAt: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            lastAt: string;
            count: number;
            method: string;
            path: string;
            fix: string;
        };
        UsageAnswer: {
            data: components["schemas"]["Usage"][];
            /** @description The start of the first hour that is covered */
            from: string;
            /** @description The end of the last hour that is covered */
            to: string;
            /**
             * Format: date-time
             * @description Requests before this instant are no longer stored, and no sum has them. `null`: none were removed.
             */
            keptFrom: string | null;
            /**
             * @description The time zone of the answer
             * @example Asia/Riyadh
             */
            timeZone?: string;
            /** @description Usage is counted by the hours of UTC. false: the period, or a day, begins or ends within such an hour, which is counted whole. `from`, `to`, `at` and `until` name what is covered */
            isExact?: boolean;
            /** @description The period before, if it is compared */
            before?: {
                from: string;
                to: string;
            } | null;
            /** @description The sum of all groups that `top` leaves out */
            others?: {
                count: number;
                /** @description Those that are billed by the policy of their API at the time of the request */
                billed?: number;
                /** @description Units: 1 for each request, unless the policy of its API gave its endpoint another weight */
                weight?: number;
                /** @description The units of the billed requests */
                billedWeight?: number;
                statuses?: components["schemas"]["StatusCounts"];
                before?: components["schemas"]["UsageCounts"];
            } | null;
            /** @description `null`: this is the last page */
            nextCursor?: string | null;
        };
        Usage: {
            /**
             * Format: date-time
             * @description The start of the hour, without `by`
             * @example 2026-11-21T09:00:00.000Z
             */
            hour?: string;
            org?: string;
            /** @description `null`: it is erased, or the token reaches some APIs only */
            orgName?: string | null;
            key?: string;
            keyName?: string | null;
            api?: string;
            /** @enum {string} */
            environment?: "live" | "test";
            /** @enum {string} */
            outcome?: "allowed" | "upstream_failed" | "credential_missing" | "credential_malformed" | "credential_ambiguous" | "key_unknown" | "key_revoked" | "key_disabled" | "key_expired" | "org_suspended" | "environment_mismatch" | "address_not_allowed" | "address_list_empty" | "referrer_not_allowed" | "endpoint_not_allowed" | "scope_missing" | "path_not_canonical" | "rate_limited" | "quota_exceeded" | "unavailable";
            /**
             * Format: date-time
             * @description The start of the hour, day or month, as far as the answer covers it, in the time zone
             */
            at?: string;
            /**
             * Format: date-time
             * @description The end of the same
             */
            until?: string;
            /** @description The endpoint pattern. `null`: none matched; `other`: the sum of those beyond 500 */
            route?: string | null;
            /**
             * @description An IPv4 address, or the /64 network of an IPv6 address. `null`: the sum of those beyond 16 of a key and hour
             * @example 2001:db8:1:2::/64
             */
            address?: string | null;
            /**
             * @description ISO 3166-1. `null`: the database does not know it, or the addresses are beyond 16 of a key and hour
             * @example SA
             */
            country?: string | null;
            /**
             * @description The status class of the upstream's reply. refused: Miftah refused the requests
             * @enum {string}
             */
            statusClass?: "1xx" | "2xx" | "3xx" | "4xx" | "5xx" | "none" | "unknown" | "refused";
            count: number;
            /** @description Those that are billed by the policy of their API at the time of the request */
            billed?: number;
            /** @description Units: 1 for each request, unless the policy of its API gave its endpoint another weight */
            weight?: number;
            /** @description The units of the billed requests */
            billedWeight?: number;
            statuses?: components["schemas"]["StatusCounts"];
            /** @description Those that Miftah refused */
            refused?: number;
            /** @description Milliseconds from the arrival of a request to the head of the upstream's reply, estimated from counts by bucket. 10000: that or longer. `null`: no time is known */
            estimatedResponseMs?: {
                /** @description Requests whose response time is known */
                count: number;
                p50: number | null;
                p95: number | null;
                p99: number | null;
            };
            before?: components["schemas"]["UsageCounts"];
        };
        /** @description Allowed requests by the status class of the upstream's reply. none: no reply of the upstream; unknown: Miftah did not see the reply, as with POST /v1/verify */
        StatusCounts: {
            "1xx": number;
            "2xx": number;
            "3xx": number;
            "4xx": number;
            "5xx": number;
            none: number;
            unknown: number;
        };
        /** @description The same group in the period before */
        UsageCounts: {
            count: number;
            /** @description Those that are billed by the policy of their API at the time of the request */
            billed: number;
            /** @description Units: 1 for each request, unless the policy of its API gave its endpoint another weight */
            weight: number;
            /** @description The units of the billed requests */
            billedWeight: number;
            statuses: components["schemas"]["StatusCounts"];
        };
        AuditRecord: {
            /** @description Numbers start at 1 and have no gaps */
            seq: number;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            at: string;
            actor: {
                /** @enum {string} */
                kind: "operator" | "member" | "key" | "system";
                id: string | null;
                /** @description null: erased, with the person */
                label: string | null;
            };
            /** @example admin_api */
            via: string;
            address: string | null;
            requestId: string | null;
            /** @example key.created */
            action: string;
            target: {
                kind: string;
                id: string;
            };
            org: string | null;
            before: {
                [key: string]: unknown;
            } | null;
            after: {
                [key: string]: unknown;
            } | null;
            /** @description The parts that a deletion erased: `author` (`actor.label` and `address`), `state` (`before` and `after`) */
            erased: ("author" | "state")[];
            previousHash: string;
            /** @description SHA-256 over the previous hash and the record */
            hash: string;
        };
        ExportedAuditRecord: {
            seq: number;
            /** Format: date-time */
            at: string;
            actor: {
                /** @enum {string} */
                kind: "operator" | "member" | "key" | "system";
                id: string | null;
                label: string | null;
            };
            via: string;
            address: string | null;
            requestId: string | null;
            /** @example key.created */
            action: string;
            target: {
                kind: string;
                id: string;
            };
            org: string | null;
            before: {
                [key: string]: unknown;
            } | null;
            after: {
                [key: string]: unknown;
            } | null;
            /** @description How the hash covers who (`actor.label`, `address`) and what (`before`, `after`): under a salt, or by the digest of an erased part. Absent in records of an older Miftah */
            seals?: {
                author: {
                    salt: string;
                } | {
                    digest: string;
                    erasedBy: number;
                };
                state: {
                    salt: string;
                } | {
                    digest: string;
                    erasedBy: number;
                };
            };
            previousHash: string;
            hash: string;
        };
        AuditPlace: {
            seq: number;
            hash: string;
        };
        AuditDestination: {
            /** @example siem */
            name: string;
            /** @description The last record that the destination has confirmed; 0: none */
            confirmedSeq: number;
            /** Format: date-time */
            confirmedAt: string | null;
            /** @description Records that the destination does not have */
            waiting: number;
            /**
             * Format: date-time
             * @description The instant of the oldest of them
             */
            waitingSince: string | null;
            /** @description The last failed delivery; null: the last one succeeded */
            failure: {
                /** Format: date-time */
                at: string;
                message: string;
                attempts: number;
                /** Format: date-time */
                retryAt: string;
            } | null;
        };
        Node: {
            /** @example web-1-5c1e0b6f9a3d2e47 */
            id: string;
            /**
             * @description The host of the node
             * @example web-1
             */
            name: string;
            /** @description Whether this node answered the request */
            isThis: boolean;
            /** @description The newest change that the node has applied; null for a single node, which always has all changes */
            revision: number | null;
            /** @description Time since the node last renewed its lease; a healthy node renews it four times a second */
            seenMsAgo: number;
            /**
             * @description leased: it decides from its cache; may_serve_cached: its lease has expired, and it may continue without the database (`onStoreOutage`); stale: its lease has expired, and it asks the database for each decision or is gone. Records of gone nodes are removed within about 10 s.
             * @enum {string}
             */
            state: "leased" | "may_serve_cached" | "stale";
            /** @description The digest of the configuration that the node uses. It covers what must be alike on all nodes. null: the node runs an older version */
            configuration: string | null;
        };
        VerifyReply: {
            /**
             * @description Whether the request is allowed. `answered`: Miftah answers it itself, without a decision, such as the preflight of a browser; send `reply` and nothing else.
             * @enum {string}
             */
            verdict: "allowed" | "refused" | "answered";
            /**
             * @description Why the request was refused; only if it was refused.
             * @enum {string}
             */
            reason?: "credential_missing" | "credential_malformed" | "credential_ambiguous" | "key_unknown" | "key_revoked" | "key_disabled" | "key_expired" | "org_suspended" | "environment_mismatch" | "address_not_allowed" | "address_list_empty" | "referrer_not_allowed" | "endpoint_not_allowed" | "scope_missing" | "path_not_canonical" | "rate_limited" | "quota_exceeded" | "unavailable";
            /** @description The key of the request; null if no key of this API has the secret, or if the path is public and needs no key. Do not pass it to the client, which must see only `reply`. */
            key: {
                /** @description The id of the key. */
                id: string;
                /** @description The organization that owns the key. */
                org: string;
                /** @description The API that the key is for. */
                api: string;
                /**
                 * @description The environment of the key.
                 * @enum {string}
                 */
                environment: "live" | "test";
                /** @description The scopes of the key; `*` stands for all scopes. */
                scopes: string[];
                /** @description The metadata that `forwardMetadata` of the API names: of the key, else of its organization. Absent: none. */
                metadata?: {
                    [key: string]: string;
                };
            } | null;
            /** @description The tightest limit that counted this request; null if no limit applies. */
            rate: {
                /** @description Requests per window. */
                limit: number;
                /** @description Requests left in this window. */
                remaining: number;
                /** @description In Unix seconds: the end of a fixed window; with sliding windows, when `remaining` next grows. */
                reset: number;
                /**
                 * @description The windows that are in force. Only in explanations.
                 * @enum {string}
                 */
                windows?: "fixed" | "sliding";
            } | null;
            /** @description The reply for the client, in the dialect of the API: the headers of an allowed request, the whole reply of any other. Absent in the explanation of an allowed request. */
            reply?: {
                /** @description The status to send; absent if the request is allowed. */
                status?: number;
                /** @description Headers to send. For an allowed request, add them to your own reply: append to `Vary`, set `Cache-Control` if you have none, and replace other headers of the same name. */
                headers: {
                    [key: string]: string;
                };
                /** @description The body to send; absent if the request is allowed. */
                body?: string;
            };
            /** @description The headers to send to the upstream; present only for an allowed request. */
            forward?: {
                /** @description `X-Miftah-*` and `X-Request-Id`, as the proxy sends them. Before you set them, remove those that the client sent, in every spelling. */
                headers: {
                    [key: string]: string;
                };
            };
            /** @description All checks in order; only in an explanation. */
            checks?: {
                /** @description The name of the check. */
                name: string;
                /**
                 * @description `not_reached`: an earlier check failed, and this check depends on it.
                 * @enum {string}
                 */
                outcome: "passed" | "refused" | "not_reached";
                /**
                 * @description Why this check refuses the request; only if it does.
                 * @enum {string}
                 */
                reason?: "credential_missing" | "credential_malformed" | "credential_ambiguous" | "key_unknown" | "key_revoked" | "key_disabled" | "key_expired" | "org_suspended" | "environment_mismatch" | "address_not_allowed" | "address_list_empty" | "referrer_not_allowed" | "endpoint_not_allowed" | "scope_missing" | "path_not_canonical" | "rate_limited" | "quota_exceeded" | "unavailable";
            }[];
        };
        VerifyRequest: {
            /**
             * @description The id of the API that the request is for.
             * @example classic
             */
            api: string;
            /** @description The secret of the request, if `headers` is absent. Miftah reads it as if it came in the place where the API takes keys. */
            secret?: string;
            /** @description The headers of the request. Miftah reads the credential, Referer, Origin and Access-Control-Request-* from them. Required if the API takes keys in the query and `secret` is absent: 400 without them. */
            headers?: {
                [key: string]: string;
            } | [
                string,
                string
            ][];
            /**
             * @description The method as the client sent it. Required if the API has scope rules or the key has endpoints: 400 without it.
             * @example GET
             */
            method?: string;
            /**
             * @description The request target as the client sent it, not rewritten. Miftah reads the query only if the API takes keys there. Required if the API has scope rules, the key has endpoints, or the API takes keys in the query and `secret` is absent: 400 without it.
             * @example /v1/users/usr_123
             */
            path?: string;
            /**
             * @description The client address, without a port. Without it, a key with an address list is refused.
             * @example 203.0.113.7
             */
            clientIp?: string;
            /** @description The Referer of the request, if `headers` is absent. Without it, a key with referrers is refused. */
            referrer?: string;
            /**
             * @description The environment of the host that got the request; keys of the other environment are refused. `any`: the host serves both, and `key.environment` of the verdict shows which one. Required if hosts of the API are bound to an environment: 400 without it. Default otherwise: `any`.
             * @enum {string}
             */
            environment?: "live" | "test" | "any";
            /** @description Scopes that the route requires in addition to those of the policy. Default: none. */
            scopes?: string[];
            /** @description Return every check; count and record nothing. Default: false. */
            explain?: boolean;
            /**
             * @description `X-Miftah-Revision` of a change. The decision applies this change or a newer one, or is `unavailable`. Default: the decision applies every change that has returned.
             * @example 42-9f86d081
             */
            minRevision?: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listApis: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All configured APIs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Api"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    getApi: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The API */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Api"];
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listOrganizations: {
        parameters: {
            query?: {
                /** @description Part of the name, the whole id, or a whole tag or external id */
                search?: string;
                /** @description Only with this tag */
                tag?: string;
                /** @description Only with this value of this metadata */
                metadata?: string;
                /** @description Only with this external id */
                externalId?: string;
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Organizations, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Organization"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description A problem: `invalid_input`, `cursor_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    createOrganization: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOrganization"];
            };
        };
        responses: {
            /** @description The new organization */
            201: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_in_progress`, `idempotency_reply_gone`, `external_id_taken` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_key_reused` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    getOrganization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organization */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    deleteOrganization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organization is deleted; all its keys are refused */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedOrganization"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    updateOrganization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationUpdate"];
            };
        };
        responses: {
            /** @description The changed organization */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `org_kind_in_use`, `external_id_taken` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    suspendOrganization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organization; all its keys are now refused */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    resumeOrganization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organization; its keys work again */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    suspendOrganizationForApi: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
                /** @description The id of the API */
                api: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organization; its keys of this API are now refused */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    resumeOrganizationForApi: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
                /** @description The id of the API */
                api: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organization */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listKeys: {
        parameters: {
            query?: {
                /** @description Only for this API */
                api?: string;
                /** @description Only for this organization */
                org?: string;
                /** @description Only for this environment */
                environment?: "live" | "test";
                /** @description Only with this current status */
                status?: "active" | "disabled" | "expired" | "revoked";
                /** @description Part of the name, the whole id, a whole tag or external id, a whole entry of a list such as an address, or the masked secret: whole, or its prefix, first or last 4 characters */
                search?: string;
                /** @description Only with this tag */
                tag?: string;
                /** @description Only with this value of this metadata */
                metadata?: string;
                /** @description Only with this external id */
                externalId?: string;
                /** @description Active keys whose secret is at least this many days old */
                secretAgeDays?: number;
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Keys, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Key"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description A problem: `invalid_input`, `cursor_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    createKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewKey"];
            };
        };
        responses: {
            /** @description The new key with its secret */
            201: {
                headers: {
                    /** @description The revision, for If-Match */
                    ETag: string;
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyWithSecret"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request`, `api_unknown` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_in_progress`, `idempotency_reply_gone`, `org_not_active`, `org_kind_not_allowed`, `key_limit_reached`, `external_id_taken` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_key_reused` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    findKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyFind"];
            };
        };
        responses: {
            /** @description The key */
            200: {
                headers: {
                    /** @description The revision, for If-Match */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundKey"];
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    getKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key */
            200: {
                headers: {
                    /** @description The revision, for If-Match */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    revokeKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The revoked key; it is now refused */
            200: {
                headers: {
                    /** @description The revision, for If-Match */
                    ETag: string;
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `revision_mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    updateKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyUpdate"];
            };
        };
        responses: {
            /** @description The changed key */
            200: {
                headers: {
                    /** @description The revision, for If-Match */
                    ETag: string;
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `key_not_active`, `external_id_taken` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `revision_mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    rotateKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
                /** @description 1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description The key with its new secret */
            200: {
                headers: {
                    /** @description The revision, for If-Match */
                    ETag: string;
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyWithSecret"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_in_progress`, `idempotency_reply_gone`, `rotation_not_supported`, `key_not_active` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `revision_mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_key_reused` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    disableKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key; it is refused until you enable it */
            200: {
                headers: {
                    /** @description The revision, for If-Match */
                    ETag: string;
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `disabling_not_supported`, `key_not_active` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `revision_mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    enableKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key; it works again */
            200: {
                headers: {
                    /** @description The revision, for If-Match */
                    ETag: string;
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `disabling_not_supported`, `key_not_active` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `revision_mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    transferKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Transfer"];
            };
        };
        responses: {
            /** @description The key with its new owner */
            200: {
                headers: {
                    /** @description The revision, for If-Match */
                    ETag: string;
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `key_not_active`, `org_not_active`, `org_kind_not_allowed`, `key_limit_reached` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `revision_mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listSecrets: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The current secret, then superseded ones, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Secret"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listKeyAddresses: {
        parameters: {
            query?: {
                /** @description How far back, 1 to 92 days. Default 30 */
                days?: number;
            };
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The addresses */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyAddresses"];
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    endSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id of the key */
                id: string;
                /** @description The id of the secret, from listSecrets */
                secretId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecretEnd"];
            };
        };
        responses: {
            /** @description The changed secret */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Secret"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `secret_in_force`, `secret_ended`, `key_not_active` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `revision_mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listTokens: {
        parameters: {
            query?: {
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tokens, newest first, revoked ones too */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Token"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description A problem: `invalid_input`, `cursor_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    createToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            /** @description The new token */
            201: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenWithSecret"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request`, `api_unknown` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_in_progress`, `idempotency_reply_gone` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_key_reused` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    rotateToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description The token with its new secret */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenWithSecret"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_in_progress`, `idempotency_reply_gone`, `key_not_active` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_key_reused` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The revoked token */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listWebhooks: {
        parameters: {
            query?: {
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
                /** @description Only those of this organization */
                org?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Webhooks, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ListedWebhook"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description A problem: `invalid_input`, `cursor_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            /** @description The new webhook */
            201: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_in_progress`, `idempotency_reply_gone`, `webhook_limit_reached` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_key_reused` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The deleted webhook */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    updateWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookUpdate"];
            };
        };
        responses: {
            /** @description The changed webhook */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description The webhook with its new secret */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_in_progress`, `idempotency_reply_gone`, `webhook_unsigned` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `idempotency_key_reused` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    endWebhookOverlap: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The id of the event */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        event: string;
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `webhook_disabled` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listDeliveries: {
        parameters: {
            query?: {
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
                /** @description Only those with this status */
                status?: "waiting" | "delivered" | "failed";
            };
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deliveries, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Delivery"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description A problem: `invalid_input`, `cursor_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listAttempts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
                /** @description The id of the delivery, from listDeliveries */
                deliveryId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The last 100 attempts, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Attempt"][];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    replayDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
                /** @description The id of the delivery, from listDeliveries */
                deliveryId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `webhook_disabled` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listAlerts: {
        parameters: {
            query?: {
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
                /** @description Only about keys of this API */
                api?: string;
                /** @description Only of this rule */
                rule?: string;
                /** @description The id of a key or person, or an address */
                subject?: string;
                /** @description Only those that someone has acknowledged, or that no one has */
                acknowledged?: "true" | "false";
                /** @description Only those of this organization */
                org?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Alerts, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Alert"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description A problem: `invalid_input`, `cursor_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    getAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The alert */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertWithFixes"];
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    acknowledgeAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The alert */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    muteAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertMute"];
            };
        };
        responses: {
            /** @description The alert */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listAlertRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All rules */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AlertRule"][];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    updateAlertRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the rule, from listAlertRules */
                rule: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertRuleUpdate"];
            };
        };
        responses: {
            /** @description The rule */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRule"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    previewAlertRule: {
        parameters: {
            query?: {
                /** @description Only those of this organization */
                org?: string;
            };
            header?: never;
            path: {
                /** @description The id of the rule, from listAlertRules */
                rule: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertPreviewInput"];
            };
        };
        responses: {
            /** @description What it would have raised */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertPreview"];
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    importKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportBatch"];
            };
        };
        responses: {
            /** @description The outcome of the rows; a dry run has no revision */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportOutcome"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request`, `api_unknown` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `import_not_configured` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listPeople: {
        parameters: {
            query?: {
                /** @description Only the person with this address */
                email?: string;
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description People by e-mail address */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Account"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description A problem: `invalid_input`, `cursor_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    deletePerson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The person is deleted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedPerson"];
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `last_owner` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listDenials: {
        parameters: {
            query?: {
                /** @description Only for this organization */
                org?: string;
                /** @description Only for this API */
                api?: string;
                /** @description Only for this key */
                key?: string;
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Denied requests, grouped by hour, latest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Denial"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description A problem: `invalid_input`, `cursor_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listUsage: {
        parameters: {
            query?: {
                /** @description Only for this organization */
                org?: string;
                /** @description Only for this API */
                api?: string;
                /** @description Only for this key */
                key?: string;
                /** @description From the hour of this instant on; default: 24 hours before `to` */
                from?: string;
                /** @description Up to the end of the hour before this instant; default: now */
                to?: string;
                /** @description What to sum by: some of org, key, api, environment, outcome, route, address, country, status_class, hour, day, month, separated by commas, or `total`. Default: the hours, APIs, environments and outcomes of at most 92 days, each with its `hour`, on one page */
                by?: string;
                /** @description Only for keys of this environment */
                environment?: "live" | "test";
                /** @description Only with these outcomes, separated by commas */
                outcome?: string;
                /** @description Only allowed requests with these status classes of the upstream's reply, separated by commas. What is billed is then unknown */
                statusClass?: string;
                /** @description Only requests that matched this endpoint pattern, of the policy of an API or of a key */
                route?: string;
                /** @description Also estimate response times. Not for questions about keys, tags, addresses or status classes */
                include?: "responseTimes";
                /** @description Only for keys that have this tag now */
                tag?: string;
                /** @description The time zone of days and months, by its IANA name; default: UTC. With it, `from` and `to` may also be local: `2027-01`, `2027-01-31`, `2027-01-31T22:00` */
                timeZone?: string;
                /** @description Only this many groups, with the most requests first, and all their steps. `others` sums the rest */
                top?: number;
                /** @description What `top` compares; default: `count`. `refused`: neither allowed nor failed; `errors`: 5xx replies and failures of the upstream */
                topBy?: "count" | "billed" | "refused" | "errors";
                /** @description Also count the period before, as `before` of each row: before whole months as many months, before whole days as many days, else as much time */
                compare?: "before";
                /** @description Rows on the page, without `top` */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests of known keys */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageAnswer"];
                };
            };
            /** @description A problem: `invalid_input`, `cursor_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listAudit: {
        parameters: {
            query?: {
                /** @description Only changes in this organization */
                org?: string;
                /** @description The id of the changed record */
                target?: string;
                /** @description The id of the person, key or token that made the change */
                actor?: string;
                /** @description The whole action, or its first part: `key` for all of `key.…` */
                action?: string;
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Audit records, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AuditRecord"][];
                        nextCursor: string | null;
                        /**
                         * Format: date-time
                         * @description Records before this instant have left the database. `null`: none have.
                         */
                        keptFrom: string | null;
                        /** @description Whether an archive has the records before `keptFrom` */
                        isOlderArchived: boolean;
                    };
                };
            };
            /** @description A problem: `invalid_input`, `cursor_invalid` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    exportAudit: {
        parameters: {
            query?: {
                /** @description Continue after this record. Default: from the first one. */
                after?: number;
                /** @description Only changes in this organization */
                org?: string;
                /** @description Only from this instant */
                since?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Records, oldest first. `next` is the `after` of the next page, `null` at the end; with `org` or `since`, a page can be empty and still have a next page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ExportedAuditRecord"][];
                        next: number | null;
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    noteAuditArchived: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AuditPlace"];
            };
        };
        responses: {
            /** @description The noted place */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPlace"];
                };
            };
            /** @description A problem: `invalid_input`, `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listAuditDestinations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The destinations of `audit.export` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AuditDestination"][];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    listNodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All known nodes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Node"][];
                    };
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    reloadConfig: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description Check all nodes, and change nothing
                     * @default false
                     */
                    dryRun?: boolean;
                    /**
                     * @description Change the nodes even if they then use different configurations
                     * @default false
                     */
                    allowDifferences?: boolean;
                };
            };
        };
        responses: {
            /** @description All nodes use the configuration of their files; with `dryRun`, they could */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        applied: boolean;
                        nodes: components["schemas"]["ReloadedNode"][];
                    };
                };
            };
            /** @description A problem: `invalid_input`, `bad_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `config_differs`, `reload_in_progress`, `reload_unsupported` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `config_invalid` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `node_silent`, `reload_incomplete` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    createBackup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A checked copy of the whole database at one moment. It holds no plain-text secrets, but it holds all keys and their restrictions. */
            200: {
                headers: {
                    /** @description SHA-256 of the copy (RFC 9530); compare it after the download */
                    "repr-digest": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.sqlite3": string;
                };
            };
            /** @description A problem: `invalid_input` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `backup_not_supported` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `storage_full` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process is alive */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "ready";
                    };
                };
            };
            /** @description A problem: `origin_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `host_not_allowed` */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The server can decide requests */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "ready";
                    };
                };
            };
            /** @description A problem: `origin_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `host_not_allowed` */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `draining` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description A problem: `origin_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `host_not_allowed` */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    getJwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/jwk-set+json": {
                        keys: {
                            [key: string]: unknown;
                        }[];
                    };
                };
            };
            /** @description A problem: `origin_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `host_not_allowed` */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
    verifyRequest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifyRequest"];
            };
        };
        responses: {
            /** @description The verdict; a refused request is a 200 too */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifyReply"];
                };
            };
            /** @description A problem: `invalid_input`, `bad_request`, `api_unknown` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `token_not_allowed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unsupported_media_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem: `unavailable` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem (RFC 9457); `code` tells which, `field` where. */
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
}
