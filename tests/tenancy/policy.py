"""What every service method and every request asks for, by hand.

A method or request that is not listed fails the suite, as does a wrong entry.
"""

from collections.abc import Mapping

from ragapp.core.scope import Permission, Role

NOTHING: frozenset[Permission] = frozenset()
"""Being a member is enough: one's own account, and facts about oneself."""
CHAT = frozenset({Permission.CHAT})
ASK = frozenset({Permission.CHAT, Permission.SEARCH})
SEARCH = frozenset({Permission.SEARCH})
READ = frozenset({Permission.READ_DOCUMENTS})
WRITE = frozenset({Permission.WRITE_DOCUMENTS})
READ_AND_WRITE = READ | WRITE
SHARE = frozenset({Permission.SHARE_CHATS})
KEYS = frozenset({Permission.USE_API_KEYS})
BASES = frozenset({Permission.MANAGE_KNOWLEDGE_BASES})
BASES_AND_CHAT = BASES | CHAT
MEMBERS = frozenset({Permission.MANAGE_MEMBERS})
FLAGS = frozenset({Permission.MANAGE_FLAGS})
LIMITS = frozenset({Permission.MANAGE_LIMITS})
TENANT = frozenset({Permission.MANAGE_TENANT})
SIGN_IN = frozenset({Permission.MANAGE_SIGN_IN})
USAGE = frozenset({Permission.READ_USAGE})
AUDIT = frozenset({Permission.READ_AUDIT})
CHATS_OF_OTHERS = frozenset({Permission.READ_CHATS_OF_OTHERS})

_BY_RIGHTS: Mapping[frozenset[Permission], str] = {
    NOTHING: """
        access.refresh
        accounts.change_password accounts.confirm_email accounts.me accounts.request_email_change
        accounts.set_language accounts.set_name accounts.set_theme
        external_sign_in.start_link linked_identities.list linked_identities.unlink
        idempotency.once
        flags.is_on flags.values flags.require
        limits.effective limits.of_tenant limits.standing limits.admit
        personal_data.check personal_data.export
        runs.follow runs.interrupt_unfinished runs.iter_events
        search.check search.ensure_readable
        second_factor.begin second_factor.confirm second_factor.disable second_factor.renew_codes second_factor.status
        vigil.over
        sessions.confirm sessions.list_own sessions.list_tenants sessions.revoke sessions.revoke_others sessions.switch
    """,
    CHAT: """
        chats.create chats.delete chats.evidence chats.get chats.give_feedback chats.list chats.messages chats.rename
        missing_reports.report oversight_chats.readings
        runs.stop
    """,
    ASK: "answers.stream runs.ask runs.regenerate",
    SEARCH: "embeddings.embed search.find search.search",
    READ: """
        documents.file documents.find_many documents.get documents.list documents.page_image
        documents.suggested_questions documents.text
        filing.list_folders filing.list_tags
        knowledge_bases.get knowledge_bases.list
        sources.get sources.list
        tasks.follow tasks.get tasks.latest_for_document
        versions.list
    """,
    WRITE: """
        documents.delete documents.load_samples documents.rename documents.retry documents.upload
        filing.file filing.file_many filing.rename_folder
        imports.add
        moving.move moving.move_many
        sources.check_now sources.create sources.delete sources.update
        versions.replace
    """,
    READ_AND_WRITE: "tasks.cancel",
    SHARE: """
        sharing.find_people sharing.share sharing.share_with_tenant sharing.shares sharing.unshare
        sharing.unshare_with_tenant
    """,
    KEYS: "api_keys.create api_keys.list api_keys.revoke",
    BASES: """
        knowledge_bases.access knowledge_bases.create knowledge_bases.delete knowledge_bases.find_readers
        knowledge_bases.set_access knowledge_bases.update
        missing_reports.list missing_reports.resolve
        bad_ratings.counts
        quality_files.export_csv quality_files.import_csv
        quality_questions.create quality_questions.delete quality_questions.get quality_questions.list
        quality_questions.take_over_report quality_questions.update
        quality_runs.compare quality_runs.delete quality_runs.get quality_runs.list quality_runs.results
        quality_runs.start quality_runs.warnings
    """,
    BASES_AND_CHAT: "bad_ratings.list quality_questions.take_over",
    MEMBERS: """
        invitations.create invitations.create_many invitations.list invitations.resend invitations.revoke
        members.change_role members.deactivate members.get members.list members.reactivate members.remove
    """,
    FLAGS: "flags.change flags.list",
    LIMITS: "tenant_settings.get tenant_settings.update",
    TENANT: "tenant_settings.count_outdated_chats",
    SIGN_IN: """
        providers.check providers.create providers.delete providers.get providers.get_policy providers.list
        providers.set_policy providers.update
    """,
    USAGE: "usage.daily usage.export usage.top_users",
    AUDIT: "audit_log.export audit_log.list audit_log.verify",
    CHATS_OF_OTHERS: "oversight_chats.list oversight_chats.messages",
}

PERMISSIONS_BY_METHOD: Mapping[str, frozenset[Permission]] = {
    method: rights for rights, methods in _BY_RIGHTS.items() for method in methods.split()
}


_REQUESTS: Mapping[Permission | None, str] = {
    None: """
        GET /api/v1/me PATCH /api/v1/me POST /api/v1/me/confirm GET /api/v1/me/export PUT /api/v1/me/password
        GET /api/v1/me/identities DELETE /api/v1/me/identities/{key}
        GET /api/v1/me/second-factor POST /api/v1/me/second-factor DELETE /api/v1/me/second-factor
        POST /api/v1/me/second-factor/confirm POST /api/v1/me/second-factor/recovery-codes
        GET /api/v1/me/sessions DELETE /api/v1/me/sessions DELETE /api/v1/me/sessions/{session_id}
        GET /api/v1/limits GET /v1/models GET /v1/models/{model}
    """,
    Permission.CHAT: """
        GET /api/v1/chats POST /api/v1/chats
        GET /api/v1/chats/{chat_id} PATCH /api/v1/chats/{chat_id} DELETE /api/v1/chats/{chat_id}
        GET /api/v1/chats/{chat_id}/messages GET /api/v1/chats/{chat_id}/readings
        POST /api/v1/messages/{message_id}/feedback POST /api/v1/missing-reports
        POST /api/v1/query POST /api/v1/query/stream POST /v1/chat/completions
    """,
    Permission.SEARCH: "POST /api/v1/search POST /v1/embeddings",
    Permission.SHARE_CHATS: """
        GET /api/v1/people
        GET /api/v1/chats/{chat_id}/shares POST /api/v1/chats/{chat_id}/shares DELETE /api/v1/chats/{chat_id}/shares
    """,
    Permission.USE_API_KEYS: "GET /api/v1/api-keys POST /api/v1/api-keys DELETE /api/v1/api-keys/{api_key_id}",
    Permission.READ_DOCUMENTS: """
        GET /api/v1/documents GET /api/v1/documents/{document_id} GET /api/v1/documents/{document_id}/content
        GET /api/v1/documents/{document_id}/pages/{page}.png GET /api/v1/documents/{document_id}/text
        GET /api/v1/documents/{document_id}/versions GET /api/v1/folders GET /api/v1/tags
        GET /api/v1/knowledge-bases GET /api/v1/knowledge-bases/{knowledge_base_id}
        GET /api/v1/sources GET /api/v1/sources/{source_id}
        GET /api/v1/tasks/{task_id} GET /api/v1/tasks/{task_id}/events
    """,
    Permission.WRITE_DOCUMENTS: """
        POST /api/v1/documents POST /api/v1/documents/upload POST /api/v1/documents/import
        PATCH /api/v1/documents/{document_id} DELETE /api/v1/documents/{document_id}
        PUT /api/v1/documents/{document_id}/content POST /api/v1/documents/{document_id}/retry
        POST /api/v1/documents/filing PATCH /api/v1/folders
        POST /api/v1/sources PATCH /api/v1/sources/{source_id} DELETE /api/v1/sources/{source_id}
        POST /api/v1/sources/{source_id}/check POST /api/v1/tasks/{task_id}/cancel
    """,
    Permission.MANAGE_KNOWLEDGE_BASES: """
        POST /api/v1/knowledge-bases
        PATCH /api/v1/knowledge-bases/{knowledge_base_id} DELETE /api/v1/knowledge-bases/{knowledge_base_id}
        GET /api/v1/missing-reports POST /api/v1/missing-reports/{report_id}/resolve
        POST /api/v1/missing-reports/{report_id}/take-over
        GET /api/v1/quality/questions POST /api/v1/quality/questions
        POST /api/v1/quality/questions/take-over POST /api/v1/quality/questions/import
        GET /api/v1/quality/questions/export GET /api/v1/quality/questions/{question_id}
        PUT /api/v1/quality/questions/{question_id} DELETE /api/v1/quality/questions/{question_id}
        GET /api/v1/quality/runs POST /api/v1/quality/runs
        GET /api/v1/quality/runs/{quality_run_id} DELETE /api/v1/quality/runs/{quality_run_id}
        GET /api/v1/quality/runs/{quality_run_id}/results GET /api/v1/quality/runs/{quality_run_id}/comparison
        GET /api/v1/quality/bad-ratings GET /api/v1/quality/bad-ratings/reasons
    """,
    Permission.MANAGE_MEMBERS: """
        GET /api/v1/invitations POST /api/v1/invitations POST /api/v1/invitations/bulk
        DELETE /api/v1/invitations/{invitation_id} POST /api/v1/invitations/{invitation_id}/resend
        GET /api/v1/members GET /api/v1/members/{user_id}
        PATCH /api/v1/members/{user_id} DELETE /api/v1/members/{user_id}
    """,
    Permission.MANAGE_FLAGS: "GET /api/v1/flags PATCH /api/v1/flags",
    Permission.MANAGE_LIMITS: "GET /api/v1/tenant",
    Permission.MANAGE_TENANT: "PATCH /api/v1/tenant GET /api/v1/tenant/outdated-chats",
    Permission.MANAGE_SIGN_IN: """
        GET /api/v1/sign-in-policy PATCH /api/v1/sign-in-policy
        GET /api/v1/sign-in-providers POST /api/v1/sign-in-providers
        GET /api/v1/sign-in-providers/{provider_id} PATCH /api/v1/sign-in-providers/{provider_id}
        DELETE /api/v1/sign-in-providers/{provider_id} POST /api/v1/sign-in-providers/{provider_id}/test
    """,
    Permission.READ_USAGE: "GET /api/v1/usage GET /api/v1/usage/export GET /api/v1/usage/people",
    Permission.READ_AUDIT: "GET /api/v1/audit GET /api/v1/audit/export GET /api/v1/audit/verification",
    Permission.READ_CHATS_OF_OTHERS: "GET /api/v1/oversight/chats GET /api/v1/oversight/chats/{chat_id}/messages",
}


def _pairs(listed: str) -> list[tuple[str, str]]:
    words = listed.split()
    return list(zip(words[::2], words[1::2], strict=True))


PERMISSION_BY_REQUEST: Mapping[tuple[str, str], Permission | None] = {
    request: permission for permission, listed in _REQUESTS.items() for request in _pairs(listed)
}
"""(method, path) of every request of a signed-in caller -> the right it asks for first; None: membership is enough."""


FOR_PEOPLE = frozenset(
    _pairs(
        """
        PATCH /api/v1/me POST /api/v1/me/confirm GET /api/v1/me/export PUT /api/v1/me/password
        GET /api/v1/me/identities DELETE /api/v1/me/identities/{key}
        GET /api/v1/me/second-factor POST /api/v1/me/second-factor DELETE /api/v1/me/second-factor
        POST /api/v1/me/second-factor/confirm POST /api/v1/me/second-factor/recovery-codes
        GET /api/v1/me/sessions DELETE /api/v1/me/sessions DELETE /api/v1/me/sessions/{session_id}
        """
    )
)
"""What a key may not do whatever its owner may: it is about the owner's account."""

ABOVE: Mapping[tuple[str, str], frozenset[Role]] = {
    ("DELETE", "/api/v1/api-keys/{api_key_id}"): frozenset({Role.ADMIN}),
}
"""Who has a request's right, but not over what is an owner's, as everything in the matrix is."""

ALSO_ASKED: Mapping[tuple[str, str], frozenset[Permission]] = {
    **dict.fromkeys(
        _pairs("POST /api/v1/query POST /api/v1/query/stream POST /v1/chat/completions"), SEARCH
    ),
    ("POST", "/api/v1/tasks/{task_id}/cancel"): READ,
    ("PUT", "/api/v1/documents/{document_id}/content"): READ,
    ("PATCH", "/api/v1/tenant"): LIMITS,
    ("POST", "/api/v1/quality/questions/take-over"): CHAT,
    ("GET", "/api/v1/quality/bad-ratings"): CHAT,
}
"""What a request asks for besides the right it asks for first."""

ON_ONESELF: Mapping[tuple[str, str], str] = {
    ("PATCH", "/api/v1/members/{user_id}"): "person",
    ("DELETE", "/api/v1/members/{user_id}"): "person",
    ("POST", "/api/v1/chats/{chat_id}/shares"): "refused",
    ("PATCH", "/api/v1/knowledge-bases/{knowledge_base_id}"): "as with others",
}
"""What a write is that names the caller: for a person only, never possible, or what it is with anybody else's id."""

FOR_OPERATORS = frozenset(
    _pairs(
        """
        POST /api/v1/tenants PATCH /api/v1/tenants/{tenant_id} DELETE /api/v1/tenants/{tenant_id}
        POST /api/v1/tenants/{tenant_id}/suspend POST /api/v1/tenants/{tenant_id}/resume
        PATCH /api/v1/platform/flags
        """
    )
)
"""Writes of the platform's operator, for whom a key of limited rights is no proof."""

FORMS = frozenset(
    _pairs(
        """
        POST /auth/password POST /auth/code POST /auth/setup POST /auth/logout POST /auth/invite
        POST /auth/forgot POST /auth/reset POST /auth/confirm POST /auth/change-password POST /auth/switch
        POST /auth/oidc/{provider_id}/link POST /api/v1/auth/token
        """
    )
)
"""Writes that read no key: forms of our pages, and the exchange of a password for a token."""
