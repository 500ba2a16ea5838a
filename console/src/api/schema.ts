// The session API's types, generated from /api/openapi.json by `npm run generate`.
export interface paths {
    "/api/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["setUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/org": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["switchOrganization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/account/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["deleteAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getConsoleConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listMembers"];
        put?: never;
        post: operations["addMember"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/members/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["removeMember"];
        options?: never;
        head?: never;
        patch: operations["changeRole"];
        trace?: never;
    };
    "/api/orgs/{org}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listInvitations"];
        put?: never;
        post: operations["invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitations/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["readInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["revokeInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOrgKeys"];
        put?: never;
        post: operations["createOrgKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOrg"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["renameOrg"];
        trace?: never;
    };
    "/api/client-address": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getClientAddress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOrgAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/orgs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOperatorOrgs"];
        put?: never;
        post: operations["createOperatorOrg"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/orgs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["deleteOperatorOrg"];
        options?: never;
        head?: never;
        patch: operations["updateOperatorOrg"];
        trace?: never;
    };
    "/api/operator/orgs/{id}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["suspendOperatorOrg"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/orgs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["resumeOperatorOrg"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/orgs/{id}/apis/{api}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["suspendOperatorOrgForApi"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/orgs/{id}/apis/{api}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["resumeOperatorOrgForApi"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/people/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["deleteOperatorPerson"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/apis": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOperatorApis"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOperatorNodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/echo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["echoProxies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/denials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOperatorDenials"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/mail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getMailSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/mail-test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["testMail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listNotifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/notifications/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["readNotifications"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getPersonSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["changePersonSettings"];
        trace?: never;
    };
    "/api/orgs/{org}/keys/{id}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOrgKeyActivity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/keys/{id}/addresses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOrgKeyAddresses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/keys/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["testOrgKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/keys/{id}/impact": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["previewOrgKeyChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/denials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOrgDenials"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/denials/{id}/fix": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["fixOrgDenial"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOrgAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOrgAlert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/alerts/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["acknowledgeOrgAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/alerts/{id}/mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["muteOrgAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOperatorAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOperatorAlert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/alerts/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["acknowledgeOperatorAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/alerts/{id}/mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["muteOperatorAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/alert-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOrgAlertRules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/alert-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOperatorAlertRules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/alert-rules/{rule}": {
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
        patch: operations["updateOperatorAlertRule"];
        trace?: never;
    };
    "/api/operator/alert-rules/{rule}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["previewOperatorAlertRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOperatorUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOrgUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOrgOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOperatorOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOrgKey"];
        put?: never;
        post?: never;
        delete: operations["revokeOrgKey"];
        options?: never;
        head?: never;
        patch: operations["updateOrgKey"];
        trace?: never;
    };
    "/api/orgs/{org}/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["rotateOrgKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/keys/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["disableOrgKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/keys/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["enableOrgKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/keys/{id}/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listOrgKeySecrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/keys/{id}/secrets/{secretId}": {
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
        patch: operations["endOrgKeySecret"];
        trace?: never;
    };
    "/api/orgs/{org}/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhooks */
        get: operations["listOrgWebhooks"];
        put?: never;
        /**
         * Create a webhook
         * @description Only this reply has the shared secret.
         */
        post: operations["createOrgWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a webhook */
        get: operations["getOrgWebhook"];
        put?: never;
        post?: never;
        /** Delete a webhook with what waits for it */
        delete: operations["deleteOrgWebhook"];
        options?: never;
        head?: never;
        /** Change, disable or enable a webhook */
        patch: operations["updateOrgWebhook"];
        trace?: never;
    };
    "/api/orgs/{org}/webhooks/{id}/rotate-secret": {
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
        post: operations["rotateOrgWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/webhooks/{id}/end-overlap": {
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
        post: operations["endOrgWebhookOverlap"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/webhooks/{id}/test": {
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
        post: operations["testOrgWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the deliveries of the last 30 days */
        get: operations["listOrgDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/webhooks/{id}/deliveries/{deliveryId}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the attempts of a delivery */
        get: operations["listOrgAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orgs/{org}/webhooks/{id}/deliveries/{deliveryId}/replay": {
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
        post: operations["replayOrgDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhooks */
        get: operations["listOperatorWebhooks"];
        put?: never;
        /**
         * Create a webhook
         * @description Only this reply has the shared secret.
         */
        post: operations["createOperatorWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a webhook */
        get: operations["getOperatorWebhook"];
        put?: never;
        post?: never;
        /** Delete a webhook with what waits for it */
        delete: operations["deleteOperatorWebhook"];
        options?: never;
        head?: never;
        /** Change, disable or enable a webhook */
        patch: operations["updateOperatorWebhook"];
        trace?: never;
    };
    "/api/operator/webhooks/{id}/rotate-secret": {
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
        post: operations["rotateOperatorWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/webhooks/{id}/end-overlap": {
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
        post: operations["endOperatorWebhookOverlap"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/webhooks/{id}/test": {
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
        post: operations["testOperatorWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the deliveries of the last 30 days */
        get: operations["listOperatorDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/webhooks/{id}/deliveries/{deliveryId}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the attempts of a delivery */
        get: operations["listOperatorAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/operator/webhooks/{id}/deliveries/{deliveryId}/replay": {
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
        post: operations["replayOperatorDelivery"];
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
        Person: {
            id: string;
            name: string;
            email: string;
            emailVerified: boolean;
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
        SetUp: {
            token: string;
            email: string;
            name: string;
            password: string;
            organization: {
                name: string;
                kind?: string;
            };
        };
        Session: {
            person: components["schemas"]["Person"] & {
                hasTwoFactor: boolean;
                isOperator: boolean;
            };
            memberships: {
                org: components["schemas"]["Organization"];
                /** @enum {string} */
                role: "owner" | "admin" | "developer" | "viewer";
            }[];
            activeOrg: string | null;
            expiresAt: string;
        };
        ActiveOrganization: {
            org: string;
        };
        DeletedPerson: {
            id: string;
            /** @description Audit records of an older Miftah that keep their content, because their hashes cover it */
            entriesKept: number;
        };
        AccountDeletion: {
            /** @description The address of the account, as a confirmation */
            email: string;
        };
        Acceptance: {
            token: string;
            name?: string;
            password?: string;
        };
        ConsoleConfig: {
            product: {
                en: string;
                ar: string;
            };
            /**
             * @description The path of the logo in each theme
             * @example {
             *       "light": "/assets/brand-1f0c.svg"
             *     }
             */
            logo: {
                light: string;
                dark: string;
            } | null;
            locale: {
                /** @enum {string} */
                default: "en" | "ar";
                languages: ("en" | "ar")[];
            };
            /** @description true: no account exists yet; create one with POST /api/setup */
            needsSetUp: boolean;
            /** @description false: mail is written to a file on the server and not sent */
            mail: boolean;
            /** @description Whether usage can be grouped by country */
            countries: boolean;
            /** @description false: browsers do not offer passkeys here, because TLS is missing */
            passkeys: boolean;
            /** @description The prefixes of the secrets of all APIs, including imported ones; a URL must never contain such a secret */
            secretPrefixes: {
                /** @example sk_live_ */
                text: string;
                /** @description Whether only letters and digits follow it */
                isPlain: boolean;
            }[];
            apis: components["schemas"]["ConsoleApi"][];
        };
        ConsoleApi: {
            id: string;
            /** @description The name of the product */
            name: {
                en: string;
                ar: string;
            };
            profile: string;
            environments: ("live" | "test")[];
            /** @description The origin of each environment that has a host */
            baseUrls: {
                live?: string;
                test?: string;
            };
            scheme: {
                /** @enum {string} */
                kind: "header" | "bearer" | "basic" | "scheme" | "subprotocol" | "query";
                /**
                 * @description Empty if the key is in the query
                 * @example x-api-key
                 */
                header: string;
                /**
                 * @description The header’s value or the parameter of the query, with the key for `{key}`; `{base64(key:)}` and `{base64(api:key)}` are base64 of the text, with the key for `key`.
                 * @example {key}
                 */
                format: string;
                /**
                 * @description The curl options that send the key; empty if it is in the query
                 * @example -H "x-api-key: {key}"
                 */
                curl: string;
                /**
                 * @description The places as they look in a request; if there are several, a request uses one, and a call shows the first
                 * @example [
                 *       "Authorization: Bearer KEY"
                 *     ]
                 */
                places: string[];
            };
            keyFormat: {
                prefixes: {
                    live?: string;
                    test?: string;
                };
                length: number;
                /** @enum {string} */
                alphabet: "base62" | "hex" | "base32" | "base36" | "base58" | "base64url";
                mask: {
                    /** @description Characters shown after the prefix */
                    start: number;
                    /** @example … */
                    mark: string;
                    /** @description Characters shown at the end */
                    end: number;
                };
            };
            fields: {
                name: {
                    min: number;
                    max: number;
                    required: boolean;
                };
                addresses: {
                    offered: boolean;
                    /** @enum {string|null} */
                    mode: "exact4" | "exact46" | "cidr" | null;
                    required: boolean;
                    /** @enum {string} */
                    emptyMeans: "deny" | "allow";
                    max: number;
                    /** @enum {string} */
                    separator: "comma" | "line";
                };
                expiry: {
                    offered: boolean;
                    /** @description The lifetime that a form suggests; null: no expiry */
                    suggestedDays: number | null;
                    /** @description Maximum lifetime in days; null: no limit */
                    maxDays: number | null;
                };
                scopes: {
                    offered: boolean;
                    max: number;
                    /** @description The scopes that endpoints require */
                    known: string[];
                };
                referrers: {
                    offered: boolean;
                    max: number;
                };
                endpoints: {
                    offered: boolean;
                    max: number;
                };
                metadata: {
                    /** @description The names that members may set; the operator may set any */
                    members: string[];
                };
                rate: {
                    /**
                     * @example [
                     *       "60/m"
                     *     ]
                     */
                    default: string[];
                    /**
                     * @description fixed: from one whole minute to the next; sliding: any minute has at most the limit.
                     * @enum {string}
                     */
                    windows: "fixed" | "sliding";
                };
            };
            /** @description Presets that the form of a new key offers, in order */
            templates: components["schemas"]["KeyTemplate"][];
            actions: {
                rotate: boolean;
                disable: boolean;
                /** @enum {string} */
                revokeWord: "delete" | "revoke";
            };
            /** @description The kind of organization that may have keys; null: any */
            orgKind: string | null;
            /** @description The age at which a secret should be rotated; null: no reminder */
            rotateAfterDays: number | null;
            maxKeysPerOrg: number | null;
            /** @description Whether requests of test keys are billed */
            billsTest: boolean;
            words: {
                en: components["schemas"]["ConsoleWords"];
                ar: components["schemas"]["ConsoleWords"];
            };
            docs: string | null;
            /** @example mailto:support@example.com */
            support: string | null;
            sample: {
                /** @enum {string} */
                method: "GET";
                path: string;
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
        ConsoleWords: {
            navLabel: string;
            createKey?: string;
            create?: string;
            nameLabel?: string;
            nameHint?: string;
            nameExample?: string;
            addressesLabel?: string;
            addressesHint?: string;
            addressesEmpty?: string;
            secretOnce?: string;
            schemeNote?: string;
            revoke?: string;
            revokeNote?: string;
            rotateNote?: string;
            audienceNote?: string;
            live?: string;
            test?: string;
        };
        Member: {
            person: components["schemas"]["Person"];
            /** @enum {string} */
            role: "owner" | "admin" | "developer" | "viewer";
            since: string;
        };
        NewMember: {
            email: string;
            /** @enum {string} */
            role: "owner" | "admin" | "developer" | "viewer";
        };
        RoleChange: {
            /** @enum {string} */
            role: "owner" | "admin" | "developer" | "viewer";
        };
        Invitation: {
            id: string;
            email: string;
            /** @enum {string} */
            role: "owner" | "admin" | "developer" | "viewer";
            createdAt: string;
            expiresAt: string;
        };
        SentInvitation: components["schemas"]["Invitation"] & {
            /** @description false: the mail could not be sent; invite again */
            mailed: boolean;
            /** @description The link for the recipient, if no mail server is configured; no later reply has it */
            link: string | null;
        };
        ShownInvitation: {
            organization: string;
            /** @description The name of the member who invites; null: the operator */
            inviter: string | null;
            email: string;
            /** @enum {string} */
            role: "owner" | "admin" | "developer" | "viewer";
            expiresAt: string;
        };
        InvitationToken: {
            token: string;
        };
        KeyRows: {
            data: components["schemas"]["KeyRow"][];
            nextCursor: string | null;
            /** @description Number of keys that match the filters, on all pages */
            total: number;
            /** Format: date-time */
            dailyFrom: string;
        };
        KeyRow: components["schemas"]["Key"] & {
            /** @description Old secrets that still work, newest first */
            overlaps: components["schemas"]["Overlap"][];
            /** @description Requests on each of 30 UTC days from `dailyFrom`; the last day is today */
            daily: {
                allowed: number[];
                refused: number[];
            };
        };
        Overlap: {
            /** @example sec_9f86d081884c7d65 */
            secretId: string;
            masked: string;
            createdAt: string;
            /** @description When it expires; null: not until someone ends it */
            endsAt: string | null;
            /** @description Requests with this secret after it was superseded */
            useCount: number;
            lastUsedAt: string | null;
            lastUsedAddress: string | null;
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
        OrganizationName: {
            name: string;
        };
        ClientAddress: {
            /** @description null: a trusted proxy sent an unreadable address */
            address: string | null;
            /** @description A private address, which an API in another network never sees */
            isPrivate: boolean;
            /** @description The address of an untrusted proxy: do not add it to a list */
            isBehindUntrustedProxy: boolean;
        };
        OrgAuditRecord: components["schemas"]["AuditRecord"] & {
            /** @description The current name of the target; null: the target no longer exists */
            targetName: string | null;
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
        OrganizationRow: components["schemas"]["Organization"] & {
            /** @description Number of its keys, without revoked ones */
            keys: number;
            members: number;
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
        OperatorApi: components["schemas"]["ConsoleApi"] & {
            hosts: {
                host: string;
                /** @enum {string|null} */
                environment: "live" | "test" | null;
            }[];
            consoleHosts: string[];
            upstream: {
                live?: string;
                test?: string;
            };
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
        ProxyEcho: {
            /** @description The remote address of the connection */
            peer: string | null;
            /**
             * @description The header in which trusted proxies name the client
             * @example x-forwarded-for
             */
            forwardedHeader: string;
            /** @description The value of this header as received, not checked */
            forwardedFor: string | null;
            /** @description The resolved client address, which address lists use */
            clientAddress: string | null;
            isPeerTrusted: boolean;
            /** @description As configured */
            trustedProxies: string[];
            /** @enum {string} */
            finding: "direct" | "proxy_trusted" | "proxy_not_trusted" | "proxy_silent" | "client_unreadable";
            /**
             * @description The configuration to add if the peer is your proxy and not yet trusted
             * @example public: { trustedProxies: ["127.0.0.1"] }
             */
            configLine: string | null;
        };
        OrgDenial: {
            /** @enum {string} */
            reason: "credential_missing" | "credential_malformed" | "credential_ambiguous" | "key_unknown" | "key_revoked" | "key_disabled" | "key_expired" | "org_suspended" | "environment_mismatch" | "address_not_allowed" | "address_list_empty" | "referrer_not_allowed" | "endpoint_not_allowed" | "scope_missing" | "path_not_canonical" | "rate_limited" | "quota_exceeded" | "unavailable";
            clientAddress: string | null;
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
            /** @example den_42 */
            id: string;
            /** @description null: no key has this secret */
            key: components["schemas"]["RefusedKey"] | null;
            fix: components["schemas"]["Fix"];
        };
        RefusedKey: components["schemas"]["ShownKey"] & {
            revision: number;
        };
        ShownKey: {
            id: string;
            name: string;
            masked: string;
            /** @enum {string} */
            environment: "live" | "test";
            /** @enum {string} */
            status: "active" | "disabled" | "expired" | "revoked";
        };
        Fix: {
            /** @enum {string} */
            kind: "add_address" | "add_endpoint" | "add_scope" | "enable" | "extend" | "trust_proxy" | "check_proxy" | "address_not_supported" | "edit_referrers" | "edit_endpoints" | "edit_scopes" | "ask_for_scope" | "send_key" | "copy_key_again" | "send_key_once" | "use_known_key" | "use_newest_secret" | "create_replacement" | "resume_organization" | "use_environment" | "send_plain_path" | "slow_down" | "await_quota" | "try_again";
            params: {
                address?: string;
                /** @enum {string} */
                mode?: "none" | "exact_ipv4" | "exact" | "cidr";
                /** @example GET /v1/users/usr_123 */
                endpoint?: string;
                scope?: string;
                expiresAt?: string;
                /** @enum {string} */
                environment?: "live" | "test";
            };
            /** @description Whether POST …/fix can apply it */
            canApply: boolean;
            /** @description The key already has this fix; the denial is older */
            isDone: boolean;
            /** @description A sentence in English, with the CLI command */
            text: string;
        };
        MailSettings: {
            /** @example Miftah <miftah@example.com> */
            from: string;
            /** @description null: mail is written to mail.log in the data folder */
            server: {
                host: string;
                port: number;
                /** @description TLS from the first byte; false: STARTTLS */
                secure: boolean;
                user: string | null;
            } | null;
        };
        MailTrial: {
            to: string;
            /** @enum {string} */
            outcome: "sent" | "unreachable" | "tls_failed" | "sign_in_refused" | "mail_refused";
            /**
             * @description The reply of the server, or the network error; without secrets
             * @example 550 5.7.1 Sender address rejected
             */
            answer: string | null;
        };
        Notification: {
            id: string;
            /** @enum {string} */
            kind: "key_expiry" | "key_change" | "organization_status" | "member_change" | "webhook_disabled" | "alert";
            /**
             * @description The type of the event
             * @enum {string}
             */
            type: "key.created" | "key.rotated" | "key.disabled" | "key.enabled" | "key.transferred" | "key.revoked" | "key.expiring" | "key.expired" | "organization.suspended" | "organization.resumed" | "member.added" | "member.role_changed" | "member.removed" | "webhook.disabled" | "alert.raised";
            at: string;
            /** @description null: unread */
            readAt: string | null;
            subject: {
                /** @description The id of the key, organization, person, webhook or alert */
                id: string;
                /** @description null: it is gone, or belongs to another organization now */
                name: string | null;
                /** @description Of a key: its masked secret */
                masked: string | null;
            };
            /** @description The new role of a member */
            role: string | null;
            /** @description When the key expires */
            expiresAt: string | null;
            /** @description Why a webhook was disabled: gone or failing; or the rule of an alert */
            because: string | null;
            author: {
                /** @enum {string} */
                kind: "operator" | "member" | "key" | "system";
                /** @description The name of the member; null: no member, or deleted */
                name: string | null;
            };
        };
        ReadNotifications: {
            ids?: string[];
            /** @description This one and all before it */
            upTo?: string;
        };
        PersonSettings: {
            /**
             * @description The language of mails; null: that of the console
             * @enum {string|null}
             */
            language: "en" | "ar" | null;
            /**
             * @description The IANA name; null: UTC
             * @example Asia/Hebron
             */
            timeZone: string | null;
            /** @description When daily summaries are mailed, by the clock of the time zone */
            digestHour: number;
            /** @description The kinds that your roles are notified of, and when their mails go */
            kinds: {
                /** @enum {string} */
                kind: "key_expiry" | "key_change" | "organization_status" | "member_change" | "webhook_disabled" | "alert";
                /** @enum {string} */
                timing: "at_once" | "daily" | "never";
            }[];
        };
        PersonSettingsChange: {
            /** @enum {string} */
            language?: "en" | "ar";
            timeZone?: string;
            digestHour?: number;
            timings?: {
                /** @enum {string} */
                key_expiry?: "at_once" | "daily" | "never";
                /** @enum {string} */
                key_change?: "at_once" | "daily" | "never";
                /** @enum {string} */
                organization_status?: "at_once" | "daily" | "never";
                /** @enum {string} */
                member_change?: "at_once" | "daily" | "never";
                /** @enum {string} */
                webhook_disabled?: "at_once" | "daily" | "never";
                /** @enum {string} */
                alert?: "at_once" | "daily" | "never";
            };
        };
        KeyActivity: {
            /** @description The last allowed request after `since`, without requests that used a superseded secret */
            lastUse: {
                at: string;
                address: string | null;
            } | null;
            denial: components["schemas"]["OrgDenial"] & (Record<string, never> | null);
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
        TrialReply: {
            /** @enum {string} */
            verdict: "allowed" | "refused";
            /** @enum {string} */
            reason?: "credential_missing" | "credential_malformed" | "credential_ambiguous" | "key_unknown" | "key_revoked" | "key_disabled" | "key_expired" | "org_suspended" | "environment_mismatch" | "address_not_allowed" | "address_list_empty" | "referrer_not_allowed" | "endpoint_not_allowed" | "scope_missing" | "path_not_canonical" | "rate_limited" | "quota_exceeded" | "unavailable";
            checks: {
                /** @example address */
                name: string;
                /** @enum {string} */
                outcome: "passed" | "refused" | "not_reached";
                /** @enum {string} */
                reason?: "credential_missing" | "credential_malformed" | "credential_ambiguous" | "key_unknown" | "key_revoked" | "key_disabled" | "key_expired" | "org_suspended" | "environment_mismatch" | "address_not_allowed" | "address_list_empty" | "referrer_not_allowed" | "endpoint_not_allowed" | "scope_missing" | "path_not_canonical" | "rate_limited" | "quota_exceeded" | "unavailable";
            }[];
            /** @description The fix for the denial */
            fix: {
                /** @enum {string} */
                kind: "add_address" | "add_endpoint" | "add_scope" | "enable" | "extend" | "trust_proxy" | "check_proxy" | "address_not_supported" | "edit_referrers" | "edit_endpoints" | "edit_scopes" | "ask_for_scope" | "send_key" | "copy_key_again" | "send_key_once" | "use_known_key" | "use_newest_secret" | "create_replacement" | "resume_organization" | "use_environment" | "send_plain_path" | "slow_down" | "await_quota" | "try_again";
                params: {
                    address?: string;
                    /** @enum {string} */
                    mode?: "none" | "exact_ipv4" | "exact" | "cidr";
                    /** @example GET /v1/users/usr_123 */
                    endpoint?: string;
                    scope?: string;
                    expiresAt?: string;
                    /** @enum {string} */
                    environment?: "live" | "test";
                };
                /** @description Whether POST …/fix can apply it */
                canApply: boolean;
                /** @description The key already has this fix; the denial is older */
                isDone: boolean;
            } | null;
            /** @description The reply that the caller would get */
            reply: {
                status: number;
                contentType: string;
                body: string;
            } | null;
        };
        Trial: {
            /** @example GET */
            method?: string;
            path?: string;
            clientIp?: string;
            referrer?: string;
            /**
             * @description The environment of the host; default: that of the key
             * @enum {string}
             */
            environment?: "live" | "test";
        };
        Impact: {
            /**
             * @description Considers only known uses, which are the last use of each secret; `unknown` lists what Miftah does not record
             * @enum {string}
             */
            cutsOff: "nobody" | "some" | "everybody";
            uses: {
                address: string | null;
                at: string;
                /** @enum {string} */
                of: "key" | "superseded_secret";
                isCutOff: boolean;
            }[];
            removed: {
                addresses: string[];
                referrers: string[];
                endpoints: string[];
                scopes: string[];
            };
            /** @description Restrictions that the change tightens without a record of their use; Miftah cannot tell whether requests will be refused */
            unknown: ("earlier_addresses" | "referrers" | "endpoints" | "scopes")[];
            requests: {
                lastDay: {
                    allowed: number;
                    refused: number;
                };
                last30Days: {
                    allowed: number;
                    refused: number;
                };
            };
        };
        Proposal: {
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
            /**
             * @description Instead of changes to the fields of the key
             * @enum {string}
             */
            action?: "revoke" | "disable";
        };
        FixedKey: {
            before: components["schemas"]["Key"];
            after: components["schemas"]["Key"] & unknown;
        };
        ChangedFix: components["schemas"]["Problem"] & {
            current: components["schemas"]["OrgDenial"];
        };
        ShownFix: {
            /**
             * @description `fix.kind` as shown
             * @enum {string}
             */
            kind: "add_address" | "add_endpoint" | "add_scope" | "enable" | "extend" | "trust_proxy" | "check_proxy" | "address_not_supported" | "edit_referrers" | "edit_endpoints" | "edit_scopes" | "ask_for_scope" | "send_key" | "copy_key_again" | "send_key_once" | "use_known_key" | "use_newest_secret" | "create_replacement" | "resume_organization" | "use_environment" | "send_plain_path" | "slow_down" | "await_quota" | "try_again";
            /** @description `fix.params` as shown */
            params: {
                address?: string;
                /** @enum {string} */
                mode?: "none" | "exact_ipv4" | "exact" | "cidr";
                /** @example GET /v1/users/usr_123 */
                endpoint?: string;
                scope?: string;
                expiresAt?: string;
                /** @enum {string} */
                environment?: "live" | "test";
            };
            /**
             * @description `key.revision` as shown
             * @example 3
             */
            revision: number;
        };
        NamedAlert: components["schemas"]["Alert"] & {
            /** @description null: it is about no key, or the organization has the key no more */
            key: components["schemas"]["ShownKey"] | null;
            /** @description The e-mail address; null: it is about no person */
            person: string | null;
            /** @description null: it concerns the operator only */
            orgName: string | null;
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
        OpenedAlert: components["schemas"]["AlertWithFixes"] & {
            /** @description null: it is about no key, or the organization has the key no more */
            key: components["schemas"]["ShownKey"] | null;
            /** @description The e-mail address; null: it is about no person */
            person: string | null;
            /** @description null: it concerns the operator only */
            orgName: string | null;
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
        AlertWithFixes: components["schemas"]["Alert"] & {
            /** @description Calls that would help. restrict: to the addresses of the 30 days before */
            fixes: components["schemas"]["AlertFix"][];
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
        NamedAlertPreview: {
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
                /** @description null: it is about no key, or the organization has the key no more */
                key: components["schemas"]["ShownKey"] | null;
                /** @description The e-mail address; null: it is about no person */
                person: string | null;
                /** @description null: it concerns the operator only */
                orgName: string | null;
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
        OperatorUsage: {
            data: components["schemas"]["OperatorUsageSum"][];
            from: string;
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
        OperatorUsageSum: components["schemas"]["UsageSum"] & {
            org?: {
                id: string;
                /** @description `null`: the organization is deleted */
                name: string | null;
            };
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
        UsageSum: {
            key?: components["schemas"]["ShownKey"];
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
        OrgUsage: {
            data: components["schemas"]["UsageSum"][];
            from: string;
            to: string;
            /**
             * Format: date-time
             * @description Requests before this instant are no longer stored, and no sum has them. `null`: none were removed.
             */
            keptFrom: string | null;
            /** @description By key: true if there are more sums than the 500 with the most requests */
            isCut: boolean;
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
        OrgOverview: {
            timeZone: string;
            periods: components["schemas"]["OverviewPeriod"][];
            /** @description Keys that are not revoked */
            keys: number;
            /** @description Keys that need attention: blocked by an empty list; expiring within 14 days; in 7 days refused by a limit, near one, or much refused; due for rotation; unused for 90 days */
            attention: {
                /** @enum {string} */
                kind: "blocked" | "expiring" | "limit_hit" | "limit_near" | "refused" | "rotation" | "unused";
                /** @description All such keys, or of those by their use at most 100; `keys` has at most 5 */
                total: number;
                keys: components["schemas"]["AttentionKey"][];
            }[];
            /** @description Alerts that no one has acknowledged; `null`: the role may not read alerts */
            openAlerts: number | null;
            /** @description The last 8 changes; `null`: the role may not read the audit log */
            changes: components["schemas"]["OrgAuditRecord"][] | null;
        };
        OverviewPeriod: {
            /**
             * @description Local days; the last one is today
             * @enum {number}
             */
            days: 1;
            from: string;
            to: string;
            count: number;
            billed: number;
            /** @description Refused by a rule, limits included */
            refused: number;
            /** @description 5xx replies and failures of the upstream */
            errors: number;
            /** @description As many days before, up to the same local time */
            before: {
                from: string;
                to: string;
                count: number;
                billed: number;
                /** @description Refused by a rule, limits included */
                refused: number;
                /** @description 5xx replies and failures of the upstream */
                errors: number;
            };
        };
        AttentionKey: components["schemas"]["ShownKey"] & {
            api: string;
            lastUsedAt: string | null;
            expiresAt: string | null;
            secretCreatedAt: string;
            /** @description limit_hit, refused: requests that a limit, or another rule, refused in 7 days; limit_near: the most requests in one window */
            count?: number;
            /**
             * @description limit_near: the limit
             * @example 1000/d
             */
            limit?: string;
            /** @description limit_near: when that window began */
            at?: string;
        };
        OperatorOverview: {
            timeZone: string;
            periods: components["schemas"]["OverviewPeriod"][];
            /** @description The 10 organizations with the most requests of this local month */
            customers: {
                from: string;
                to: string;
                before: {
                    from: string;
                    to: string;
                };
                data: components["schemas"]["OrgCounts"][];
            };
            /** @description Organizations that need attention, at most 5 for each reason: suspended; in 7 days many errors of the upstream, or much refused; silent: requests in the 7 days before and none since */
            organizations: {
                /** @enum {string} */
                kind: "suspended" | "errors" | "refused" | "silent";
                data: {
                    org: {
                        id: string;
                        /** @description `null`: the organization is deleted */
                        name: string | null;
                    };
                    count?: number;
                    /** @description Those that are billed by the policy of their API at the time of the request */
                    billed?: number;
                    /** @description Units: 1 for each request, unless the policy of its API gave its endpoint another weight */
                    weight?: number;
                    /** @description The units of the billed requests */
                    billedWeight?: number;
                    statuses?: components["schemas"]["StatusCounts"];
                    before?: {
                        count: number;
                        /** @description Those that are billed by the policy of their API at the time of the request */
                        billed: number;
                        /** @description Units: 1 for each request, unless the policy of its API gave its endpoint another weight */
                        weight: number;
                        /** @description The units of the billed requests */
                        billedWeight: number;
                        statuses: components["schemas"]["StatusCounts"];
                    };
                }[];
            }[];
            /** @description Upstreams with failures or 5xx replies in 7 days */
            upstreams: {
                api: string;
                /** @enum {string} */
                environment: "live" | "test";
                /** @description Requests that were sent to it in 7 days */
                count: number;
                /** @description Requests without a usable reply */
                failed: number;
                /** @description 5xx replies */
                serverErrors: number;
            }[];
            nodes: components["schemas"]["Node"][];
            /** @description Alerts that no one has acknowledged, in all organizations */
            openAlerts: number;
            /** @description The last 8 changes in all organizations */
            changes: components["schemas"]["OperatorAuditRecord"][];
        };
        OrgCounts: {
            org: {
                id: string;
                /** @description `null`: the organization is deleted */
                name: string | null;
            };
            count: number;
            /** @description Those that are billed by the policy of their API at the time of the request */
            billed: number;
            /** @description Units: 1 for each request, unless the policy of its API gave its endpoint another weight */
            weight: number;
            /** @description The units of the billed requests */
            billedWeight: number;
            statuses: components["schemas"]["StatusCounts"];
            before?: {
                count: number;
                /** @description Those that are billed by the policy of their API at the time of the request */
                billed: number;
                /** @description Units: 1 for each request, unless the policy of its API gave its endpoint another weight */
                weight: number;
                /** @description The units of the billed requests */
                billedWeight: number;
                statuses: components["schemas"]["StatusCounts"];
            };
        };
        OperatorAuditRecord: components["schemas"]["AuditRecord"] & {
            orgName: string | null;
            targetName: string | null;
        };
        KeyWithSecret: components["schemas"]["Key"] & {
            /** @description Shown only once; the server does not store it. */
            secret: string;
        };
        StaleKey: components["schemas"]["Problem"] & {
            current: components["schemas"]["Key"];
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
        SecretEnd: {
            /**
             * @description When it expires: `now`, a duration of at most 30 days such as `7d`, or `until_ended`
             * @example now
             */
            endsIn: string;
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
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    setUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetUp"];
            };
        };
        responses: {
            /** @description The first person, who can now sign in */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        person: components["schemas"]["Person"];
                        org: components["schemas"]["Organization"];
                    };
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
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The current session */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
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
    switchOrganization: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActiveOrganization"];
            };
        };
        responses: {
            /** @description The session, now in that organization */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
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
    deleteAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountDeletion"];
            };
        };
        responses: {
            /** @description The account of the session is deleted; all its sessions have ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedPerson"];
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
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Acceptance"];
            };
        };
        responses: {
            /** @description The new member; a new person must sign in next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        person: components["schemas"]["Person"];
                        org: components["schemas"]["Organization"];
                        /** @enum {string} */
                        role: "owner" | "admin" | "developer" | "viewer";
                    };
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
    getConsoleConfig: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The configuration of the console on this host */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleConfig"];
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
    listMembers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All members */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Member"][];
                    };
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
    addMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMember"];
            };
        };
        responses: {
            /** @description The new member */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
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
    removeMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The person is no longer a member; the keys of the organization remain */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        done: true;
                    };
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
    changeRole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleChange"];
            };
        };
        responses: {
            /** @description The changed member */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
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
    listInvitations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Open invitations */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Invitation"][];
                    };
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
    invite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMember"];
            };
        };
        responses: {
            /** @description The invitation. With a mail server, only the recipient gets its link */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentInvitation"];
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
    readInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationToken"];
            };
        };
        responses: {
            /** @description What the holder of the token is invited to */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownInvitation"];
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
    revokeInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link no longer works */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        done: true;
                    };
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
    listOrgKeys: {
        parameters: {
            query?: {
                /** @description Only for this API */
                api?: string;
                /** @description Only for this environment */
                environment?: "live" | "test";
                /** @description Only with this current status */
                status?: "active" | "disabled" | "expired" | "revoked";
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
                /** @description Part of the name, the whole id, a whole tag or external id, a whole entry of a list such as an address, the first or last 4 characters, or a masked secret (`sk_live_1a2b…9f3c`) */
                q?: string;
                /** @description SHA-256 of a whole secret, computed in the browser: finds the key of the secret */
                digest?: string;
                /** @description false: without revoked keys */
                revoked?: "true" | "false";
                /** @description Active keys that were neither created nor used for this many days */
                unusedDays?: number;
                /** @description Active keys that expire within this many days */
                expiringDays?: number;
                /** @description Whether the list of addresses has an entry. The policy of the API says what an empty list means */
                addresses?: "some" | "none";
                /** @description Default `created` */
                sort?: "created" | "name" | "last_used" | "expires";
                /** @description Default: newest first, last used first, names from A, next expiry first */
                order?: "asc" | "desc";
            };
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Keys in the requested order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyRows"];
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
    createOrgKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret. */
                "Idempotency-Key"?: string;
            };
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    api: string;
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
    getOrg: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
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
    renameOrg: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationName"];
            };
        };
        responses: {
            /** @description The changed organization; for admins and owners */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
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
    getClientAddress: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The client address of this request */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientAddress"];
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
    listOrgAudit: {
        parameters: {
            query?: {
                /** @description The id of the changed record */
                target?: string;
                /** @description The id of the person or key that made the change, or the e-mail address of the person */
                actor?: string;
                /** @description The whole action, or its first part: `key` for all of `key.…` */
                action?: string;
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
                /** @description From this instant */
                from?: string;
                /** @description Before this instant */
                to?: string;
            };
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Changes, newest first; for admins and owners */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OrgAuditRecord"][];
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
    listOperatorOrgs: {
        parameters: {
            query?: {
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
                /** @description Part of the name, the whole id, or a whole tag or external id */
                q?: string;
                status?: "active" | "suspended";
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
                        data: components["schemas"]["OrganizationRow"][];
                        nextCursor: string | null;
                    };
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
    createOperatorOrg: {
        parameters: {
            query?: never;
            header?: never;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
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
    deleteOperatorOrg: {
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
    updateOperatorOrg: {
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
    suspendOperatorOrg: {
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
    resumeOperatorOrg: {
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
    suspendOperatorOrgForApi: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
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
    resumeOperatorOrgForApi: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
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
    deleteOperatorPerson: {
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
            /** @description The account is deleted; its sessions have ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedPerson"];
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
    listOperatorApis: {
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
                        data: components["schemas"]["OperatorApi"][];
                    };
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
    listOperatorNodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The nodes that share the database */
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
    echoProxies: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How this request reached the server */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProxyEcho"];
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
    listOperatorDenials: {
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
                reason?: "credential_missing" | "credential_malformed" | "credential_ambiguous" | "key_unknown" | "key_revoked" | "key_disabled" | "key_expired" | "org_suspended" | "environment_mismatch" | "address_not_allowed" | "address_list_empty" | "referrer_not_allowed" | "endpoint_not_allowed" | "scope_missing" | "path_not_canonical" | "rate_limited" | "quota_exceeded" | "unavailable";
                /** @description Default `nobody`: denied requests with unknown keys */
                of?: "nobody" | "everyone";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Denied requests, latest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OrgDenial"][];
                        nextCursor: string | null;
                    };
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
    getMailSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The mail server */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailSettings"];
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
    testMail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The outcome of a test mail to your own address */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailTrial"];
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
    listNotifications: {
        parameters: {
            query?: {
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
            };
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your own notifications of the last 30 days, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Notification"][];
                        nextCursor: string | null;
                        unread: number;
                    };
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
    readNotifications: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadNotifications"];
            };
        };
        responses: {
            /** @description How many are unread now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        unread: number;
                    };
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
    getPersonSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The settings of the person */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonSettings"];
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
    changePersonSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonSettingsChange"];
            };
        };
        responses: {
            /** @description The changed settings */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonSettings"];
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
    getOrgKeyActivity: {
        parameters: {
            query?: {
                since?: string;
            };
            header?: never;
            path: {
                org: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether the key is in use; clients may poll this every second */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyActivity"];
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
    listOrgKeyAddresses: {
        parameters: {
            query?: {
                /** @description How far back, 1 to 92 days. Default 30 */
                days?: number;
            };
            header?: never;
            path: {
                org: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The addresses from which the key was used, the most used first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyAddresses"];
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
    testOrgKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Trial"];
            };
        };
        responses: {
            /** @description The decision with every check; counts and records nothing */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrialReply"];
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
    previewOrgKeyChange: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Proposal"];
            };
        };
        responses: {
            /** @description The known callers that the change would affect; changes nothing */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Impact"];
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
    listOrgDenials: {
        parameters: {
            query?: {
                /** @description Only for this API */
                api?: string;
                /** @description Only for this key */
                key?: string;
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
                /** @description Only for keys of this environment */
                environment?: "live" | "test";
                reason?: "credential_missing" | "credential_malformed" | "credential_ambiguous" | "key_unknown" | "key_revoked" | "key_disabled" | "key_expired" | "org_suspended" | "environment_mismatch" | "address_not_allowed" | "address_list_empty" | "referrer_not_allowed" | "endpoint_not_allowed" | "scope_missing" | "path_not_canonical" | "rate_limited" | "quota_exceeded" | "unavailable";
                /** @description Only groups with a request at this instant or later */
                from?: string;
                /** @description Only groups whose hour began before this instant */
                to?: string;
            };
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Denied requests of its keys, grouped by hour, latest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["OrgDenial"][];
                        nextCursor: string | null;
                    };
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
    fixOrgDenial: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShownFix"];
            };
        };
        responses: {
            /** @description The key before and after; both are equal if nothing was left to do */
            200: {
                headers: {
                    /** @description The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied */
                    "X-Miftah-Revision": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FixedKey"] & {
                        coherence?: components["schemas"]["Coherence"];
                    };
                };
            };
            /** @description The fix has changed since it was shown; nothing was changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ChangedFix"];
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
    listOrgAlerts: {
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
            };
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Alerts of the last 90 days, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NamedAlert"][];
                        nextCursor: string | null;
                    };
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
    getOrgAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The alert, with what would help */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenedAlert"];
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
    acknowledgeOrgAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
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
    muteOrgAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
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
    listOperatorAlerts: {
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
            /** @description Alerts of the last 90 days, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NamedAlert"][];
                        nextCursor: string | null;
                    };
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
    getOperatorAlert: {
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
            /** @description The alert, with what would help */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenedAlert"];
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
    acknowledgeOperatorAlert: {
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
    muteOperatorAlert: {
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
    listOrgAlertRules: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rules about keys that are on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: ("new_network" | "new_country" | "new_route" | "denied_more" | "volume_rise" | "dormant_key_used" | "live_key_at_test" | "ended_key_used" | "limit_hit_often" | "rotation_overdue" | "key_expires_soon" | "key_guessing" | "sign_in_new_network" | "operator_action")[];
                    };
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
    listOperatorAlertRules: {
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
    updateOperatorAlertRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
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
    previewOperatorAlertRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
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
            /** @description What it would have raised in the last 30 days */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NamedAlertPreview"];
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
    getOperatorUsage: {
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
            /** @description Requests of all keys, a page at a time; by default their sum of the last 24 hours. At most 1,100 days */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorUsage"];
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
    getOrgUsage: {
        parameters: {
            query?: {
                /** @description Only for this API */
                api?: string;
                /** @description Only for this key */
                key?: string;
                /** @description From the hour of this instant on; default: 24 hours before `to` */
                from?: string;
                /** @description Up to the end of the hour before this instant; default: now */
                to?: string;
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
                /** @description How to group the sums: some of hour, day, month, key, api, environment, outcome, route, address, country, status_class, separated by commas, or `total`. Default `hour,outcome`. Hours and days are UTC without `timeZone`. */
                by?: string;
            };
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests of its keys; by default the last 24 hours. At most 92 days, or 1,100 with `timeZone`, `outcome`, `tag`, `top`, `compare`, `limit` or `cursor`: the answer then has pages */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrgUsage"];
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
    getOrgOverview: {
        parameters: {
            query?: {
                /** @description Only for keys of this API */
                api?: string;
                /** @description Only for keys of this environment */
                environment?: "live" | "test";
                /** @description The time zone of the days, by its IANA name; default: UTC */
                timeZone?: string;
            };
            header?: never;
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests of today, 7 and 30 days, keys that need attention, and the last changes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrgOverview"];
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
    getOperatorOverview: {
        parameters: {
            query?: {
                /** @description The time zone of the days, by its IANA name; default: UTC */
                timeZone?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests, the largest customers, what needs attention, and the last changes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorOverview"];
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
    getOrgKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
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
    revokeOrgKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                org: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
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
            /** @description The key has changed since that revision; nothing was changed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleKey"];
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
    updateOrgKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                org: string;
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
            /** @description The key has changed since that revision; nothing was changed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleKey"];
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
    rotateOrgKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                org: string;
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
            /** @description The key has changed since that revision; nothing was changed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleKey"];
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
    disableOrgKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                org: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
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
            /** @description The key has changed since that revision; nothing was changed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleKey"];
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
    enableOrgKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                org: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
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
            /** @description The key has changed since that revision; nothing was changed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleKey"];
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
    listOrgKeySecrets: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
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
                    };
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
    endOrgKeySecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The revision that you read. If the key has another revision, nothing changes. */
                "If-Match"?: string;
            };
            path: {
                org: string;
                id: string;
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
            /** @description The key has changed since that revision; nothing was changed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleKey"];
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
    listOrgWebhooks: {
        parameters: {
            query?: {
                /** @description Items on the page */
                limit?: number;
                /** @description `nextCursor` of the previous page; absent: the first page */
                cursor?: string;
            };
            header?: never;
            path: {
                org: string;
            };
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
    createOrgWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret. */
                "Idempotency-Key"?: string;
            };
            path: {
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
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
    getOrgWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
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
    deleteOrgWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
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
    updateOrgWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
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
    rotateOrgWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret. */
                "Idempotency-Key"?: string;
            };
            path: {
                org: string;
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
    endOrgWebhookOverlap: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
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
    testOrgWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
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
    listOrgDeliveries: {
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
                org: string;
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
    listOrgAttempts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
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
    replayOrgDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                org: string;
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
    listOperatorWebhooks: {
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
    createOperatorWebhook: {
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
                "application/json": {
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
    getOperatorWebhook: {
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
    deleteOperatorWebhook: {
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
    updateOperatorWebhook: {
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
    rotateOperatorWebhookSecret: {
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
    endOperatorWebhookOverlap: {
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
    testOperatorWebhook: {
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
    listOperatorDeliveries: {
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
    listOperatorAttempts: {
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
    replayOperatorDelivery: {
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
