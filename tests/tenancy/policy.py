"""What every service method asks for, by hand. A method that is not listed fails the suite, as does a wrong entry."""

from collections.abc import Mapping

from ragapp.core.scope import Permission

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
    """,
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
