"""What an audit event says: one sentence per act, in the reader's language."""

from typing import Any, cast

import reflex as rx

from ragapp.core.audit import AuditAction
from ragapp.ui.components.flag_words import flag_name
from ragapp.ui.components.role_words import role_name
from ragapp.ui.i18n import t, tn


def audit_sentence(row: Any) -> rx.Var[str]:
    """Return the sentence of an `AuditRow`."""
    cases = [(action.value, words) for action, words in audit_sentences(row).items()]
    return cast("rx.Var[str]", rx.match(row.action, *cases, row.action))


def audit_sentences(row: Any) -> dict[AuditAction, rx.Var[str]]:
    """Return the sentence of each act with the names of one row."""
    names = {"actor": actor_name(row), "target": target_name(row)}
    return (
        _about_sign_in(names, row)
        | _about_people(names, row)
        | _about_chats(names, row)
        | _about_content(names, row)
        | _about_quality(names)
        | _about_rules(names, row)
    )


def actor_name(row: Any) -> rx.Var[str]:
    """Return who acted: nobody known, where somebody was not signed in."""
    unnamed = rx.cond(row.actor_id, t("Someone who is no longer a member"), t("Someone who is not signed in"))
    return cast("rx.Var[str]", rx.cond(row.actor, row.actor, unnamed))


def target_name(row: Any) -> rx.Var[str]:
    """Return to whom, or to what in quotation marks."""
    is_person = (row.target_kind == "user") | (row.target_kind == "invitation")
    person = rx.cond(row.target, row.target, t("someone who is no longer a member"))
    thing = rx.cond(row.target, _quoted(row.target), t("name not kept"))
    return cast("rx.Var[str]", rx.cond(is_person, person, thing))


def _quoted(name: Any) -> rx.Var[str]:
    return t("“{name}”", name=name)


Names = dict[AuditAction, rx.Var[str]]


def action_names() -> tuple[tuple[rx.Var[str], Names], ...]:
    """Return what each act of an organisation's log is called, for a filter, in groups with a title."""
    return (
        (t("Sign-in"), _names_about_sign_in()),
        (t("Members"), _names_about_people()),
        (t("Content"), _names_about_content()),
        (t("Quality"), _names_about_quality()),
        (t("Settings"), _names_about_rules()),
    )


def _names_about_sign_in() -> Names:
    return {
        AuditAction.SIGNED_IN: t("Signed in"),
        AuditAction.SIGN_IN_REFUSED: t("Sign-in refused"),
        AuditAction.CONFIRMATION_REFUSED: t("Confirmation refused"),
        AuditAction.SIGNED_OUT: t("Signed out"),
        AuditAction.SESSION_REVOKED: t("Device signed out"),
        AuditAction.TENANT_SWITCHED: t("Organisation switched"),
        AuditAction.PASSWORD_CHANGED: t("Password changed"),
        AuditAction.PASSWORD_RESET_REQUESTED: t("New password requested"),
        AuditAction.PASSWORD_RESET: t("New password set by e-mail"),
        AuditAction.EMAIL_CHANGED: t("E-mail address changed"),
        AuditAction.SECOND_FACTOR_ENABLED: t("Two-step sign-in turned on"),
        AuditAction.SECOND_FACTOR_DISABLED: t("Two-step sign-in turned off"),
        AuditAction.RECOVERY_CODES_RENEWED: t("Recovery codes renewed"),
        AuditAction.IDENTITY_LINKED: t("Sign-in service linked"),
        AuditAction.IDENTITY_UNLINKED: t("Sign-in service unlinked"),
    }


def _names_about_people() -> Names:
    return {
        AuditAction.MEMBER_INVITED: t("Invited"),
        AuditAction.INVITATION_REVOKED: t("Invitation withdrawn"),
        AuditAction.MEMBER_JOINED: t("Joined the organisation"),
        AuditAction.MEMBER_ROLE_CHANGED: t("Role changed"),
        AuditAction.MEMBER_DEACTIVATED: t("Member deactivated"),
        AuditAction.MEMBER_REACTIVATED: t("Member reactivated"),
        AuditAction.MEMBER_REMOVED: t("Member removed"),
        AuditAction.API_KEY_CREATED: t("API key created"),
        AuditAction.API_KEY_REVOKED: t("API key revoked"),
        AuditAction.DATA_EXPORTED: t("Own data exported"),
    }


def _names_about_content() -> Names:
    return {
        AuditAction.CHAT_SHARED: t("Chat shared"),
        AuditAction.CHAT_UNSHARED: t("Chat sharing ended"),
        AuditAction.CHAT_DELETED: t("Chat deleted"),
        AuditAction.CHAT_READ_BY_ADMIN: t("Chat read by an administrator"),
        AuditAction.KNOWLEDGE_BASE_CREATED: t("Knowledge base created"),
        AuditAction.KNOWLEDGE_BASE_CHANGED: t("Knowledge base changed"),
        AuditAction.KNOWLEDGE_BASE_DELETED: t("Knowledge base deleted"),
        AuditAction.KNOWLEDGE_BASE_ACCESS_CHANGED: t("Access to a knowledge base changed"),
        AuditAction.DOCUMENT_ADDED: t("Document added"),
        AuditAction.DOCUMENT_RENAMED: t("Document renamed"),
        AuditAction.DOCUMENT_REPLACED: t("New version of a document"),
        AuditAction.DOCUMENT_FILED: t("Folder or tags changed"),
        AuditAction.DOCUMENT_MOVED: t("Document moved"),
        AuditAction.DOCUMENT_DELETED: t("Document deleted"),
        AuditAction.FOLDER_RENAMED: t("Folder renamed"),
        AuditAction.SOURCE_ADDED: t("Source added"),
        AuditAction.SOURCE_CHANGED: t("Source changed"),
        AuditAction.SOURCE_REMOVED: t("Source removed"),
    }


def _names_about_quality() -> Names:
    return {
        AuditAction.QUALITY_QUESTION_ADDED: t("Test question added"),
        AuditAction.QUALITY_QUESTION_CHANGED: t("Test question changed"),
        AuditAction.QUALITY_QUESTION_DELETED: t("Test question deleted"),
        AuditAction.QUALITY_QUESTIONS_IMPORTED: t("Test questions imported"),
        AuditAction.QUALITY_RUN_STARTED: t("Run of test questions started"),
        AuditAction.QUALITY_RUN_DELETED: t("Run of test questions deleted"),
    }


def _names_about_rules() -> Names:
    return {
        AuditAction.FLAG_CHANGED: t("Feature changed"),
        AuditAction.LIMITS_CHANGED: t("Limits changed"),
        AuditAction.SETTINGS_CHANGED: t("Settings changed"),
        AuditAction.SIGN_IN_POLICY_CHANGED: t("Sign-in policy changed"),
        AuditAction.PROVIDER_CHANGED: t("Sign-in service changed"),
        AuditAction.AUDIT_EXPORTED: t("Audit log exported"),
        AuditAction.TENANT_CREATED: t("Organisation created"),
        AuditAction.TENANT_CHANGED: t("Plan or its limits changed"),
        AuditAction.TENANT_SUSPENDED: t("Organisation suspended"),
        AuditAction.TENANT_RESUMED: t("Organisation resumed"),
    }


def _about_sign_in(names: dict[str, Any], row: Any) -> dict[AuditAction, rx.Var[str]]:
    return {
        AuditAction.SIGNED_IN: t("{actor} signed in", **names),
        AuditAction.SIGN_IN_REFUSED: _refusal(names, row),
        AuditAction.CONFIRMATION_REFUSED: t("{actor} gave a wrong password or code to confirm who they are", **names),
        AuditAction.SIGNED_OUT: t("{actor} signed out", **names),
        AuditAction.SESSION_REVOKED: t("{actor} signed a device out", **names),
        AuditAction.TENANT_SWITCHED: t("{actor} switched organisations", **names),
        AuditAction.PASSWORD_CHANGED: t("{actor} changed their password", **names),
        AuditAction.PASSWORD_RESET_REQUESTED: t("{actor} requested a new password by e-mail", **names),
        AuditAction.PASSWORD_RESET: t("{actor} set a new password by e-mail", **names),
        AuditAction.EMAIL_CHANGED: t("{actor} changed their e-mail address", **names),
        AuditAction.SECOND_FACTOR_ENABLED: t("{actor} turned two-step sign-in on", **names),
        AuditAction.SECOND_FACTOR_DISABLED: t("{actor} turned two-step sign-in off", **names),
        AuditAction.RECOVERY_CODES_RENEWED: t("{actor} created new recovery codes", **names),
        AuditAction.IDENTITY_LINKED: t("{actor} linked a sign-in service", **names),
        AuditAction.IDENTITY_UNLINKED: t("{actor} unlinked a sign-in service", **names),
    }


def _about_people(names: dict[str, Any], row: Any) -> dict[AuditAction, rx.Var[str]]:
    role, new_role = role_name(row.details["role"]), role_name(row.details["to"])
    return {
        AuditAction.MEMBER_INVITED: t("{actor} invited {target} as: {role}", **names, role=role),
        AuditAction.INVITATION_REVOKED: t("{actor} withdrew the invitation of {target}", **names),
        AuditAction.MEMBER_JOINED: t("{actor} joined the organisation", **names),
        AuditAction.MEMBER_ROLE_CHANGED: t("{actor} changed the role of {target}: {role}", **names, role=new_role),
        AuditAction.MEMBER_DEACTIVATED: t("{actor} deactivated {target}", **names),
        AuditAction.MEMBER_REACTIVATED: t("{actor} reactivated {target}", **names),
        AuditAction.MEMBER_REMOVED: t("{actor} removed {target}", **names),
        AuditAction.API_KEY_CREATED: t("{actor} created the API key {target}", **names),
        AuditAction.API_KEY_REVOKED: t("{actor} revoked the API key {target}", **names),
    }


def _refusal(names: dict[str, Any], row: Any) -> rx.Var[str]:
    words = rx.match(
        row.target_kind,
        ("user", t("A sign-in as {target} was refused", **names)),
        ("provider", t("A sign-in with the sign-in service {target} was refused", **names)),
        t("A sign-in was refused"),
    )
    return cast("rx.Var[str]", words)


def _about_chats(names: dict[str, Any], row: Any) -> dict[AuditAction, rx.Var[str]]:
    left = t("someone who is no longer a member")
    named = {**names, "recipient": rx.cond(row.recipient, row.recipient, left)}
    shared = rx.cond(
        row.reach == "person",
        t("{actor} shared the chat {target} with {recipient}", **named),
        t("{actor} shared the chat {target} with the whole organisation", **names),
    )
    unshared = rx.match(
        row.reach,
        ("person", t("{actor} stopped sharing the chat {target} with {recipient}", **named)),
        ("everybody", t("{actor} stopped sharing the chat {target} with the whole organisation", **names)),
        t("{actor} stopped sharing the chat {target}", **names),
    )
    deleted = rx.cond(
        row.target, t("{actor} deleted the shared chat {target}", **names), t("{actor} deleted a private chat", **names)
    )
    return {
        AuditAction.CHAT_SHARED: cast("rx.Var[str]", shared),
        AuditAction.CHAT_UNSHARED: cast("rx.Var[str]", unshared),
        AuditAction.CHAT_DELETED: cast("rx.Var[str]", deleted),
    }


def _about_content(names: dict[str, Any], row: Any) -> dict[AuditAction, rx.Var[str]]:
    changed = {**names, "before": _quoted(row.details["from"])}
    return {
        AuditAction.DATA_EXPORTED: t("{actor} exported their data", **names),
        AuditAction.CHAT_READ_BY_ADMIN: t("{actor} read a chat of another member", **names),
        AuditAction.KNOWLEDGE_BASE_CREATED: t("{actor} created the knowledge base {target}", **names),
        AuditAction.KNOWLEDGE_BASE_CHANGED: _base_change(changed, row),
        AuditAction.KNOWLEDGE_BASE_DELETED: t("{actor} deleted the knowledge base {target}", **names),
        AuditAction.KNOWLEDGE_BASE_ACCESS_CHANGED: t(
            "{actor} changed who may read the knowledge base {target}", **names
        ),
        AuditAction.DOCUMENT_ADDED: t("{actor} added the document {target}", **names),
        AuditAction.DOCUMENT_RENAMED: t("{actor} renamed the document {before} to {target}", **changed),
        AuditAction.DOCUMENT_REPLACED: t(
            "{actor} gave the document {target} a new version: {version}", **names, version=row.details["version"]
        ),
        AuditAction.DOCUMENT_FILED: _filing(names, row),
        AuditAction.DOCUMENT_MOVED: _moving(changed, row),
        AuditAction.DOCUMENT_DELETED: t("{actor} deleted the document {target}", **names),
        AuditAction.FOLDER_RENAMED: t("{actor} renamed the folder {before} to {target}", **changed),
        AuditAction.SOURCE_ADDED: t("{actor} added the source {target}", **names),
        AuditAction.SOURCE_CHANGED: t("{actor} changed the source {target}", **names),
        AuditAction.SOURCE_REMOVED: t("{actor} removed the source {target}", **names),
    }


def _base_change(changed: dict[str, Any], row: Any) -> rx.Var[str]:
    words = rx.cond(
        row.details["from"] == row.target,
        t("{actor} changed the description of the knowledge base {target}", **changed),
        t("{actor} renamed the knowledge base {before} to {target}", **changed),
    )
    return cast("rx.Var[str]", words)


def _moving(changed: dict[str, Any], row: Any) -> rx.Var[str]:
    words = rx.cond(
        row.details["to"],
        t("{actor} moved the document {target} from {before} to {after}", **changed, after=_quoted(row.details["to"])),
        t("{actor} moved a document to another knowledge base", **changed),
    )
    return cast("rx.Var[str]", words)


def _filing(names: dict[str, Any], row: Any) -> rx.Var[str]:
    many = tn(
        "{actor} changed the folder or tags of {n} document",
        "{actor} changed the folder or tags of {n} documents",
        row.count,
        **names,
    )
    one = t("{actor} changed the folder or tags of the document {target}", **names)
    return cast("rx.Var[str]", rx.cond(row.target, one, many))


def _about_quality(names: dict[str, Any]) -> dict[AuditAction, rx.Var[str]]:
    return {
        AuditAction.QUALITY_QUESTION_ADDED: t("{actor} added a test question for {target}", **names),
        AuditAction.QUALITY_QUESTION_CHANGED: t("{actor} changed a test question for {target}", **names),
        AuditAction.QUALITY_QUESTION_DELETED: t("{actor} deleted a test question for {target}", **names),
        AuditAction.QUALITY_QUESTIONS_IMPORTED: t("{actor} imported test questions for {target}", **names),
        AuditAction.QUALITY_RUN_STARTED: t("{actor} started a run of the test questions for {target}", **names),
        AuditAction.QUALITY_RUN_DELETED: t("{actor} deleted a run of the test questions for {target}", **names),
    }


def _about_rules(names: dict[str, Any], row: Any) -> dict[AuditAction, rx.Var[str]]:
    return {
        AuditAction.FLAG_CHANGED: _flag_sentence(names, row),
        AuditAction.LIMITS_CHANGED: t("{actor} changed limits", **names),
        AuditAction.SETTINGS_CHANGED: t("{actor} changed the organisation's settings", **names),
        AuditAction.SIGN_IN_POLICY_CHANGED: t("{actor} changed how people sign in", **names),
        AuditAction.PROVIDER_CHANGED: t("{actor} changed a sign-in service", **names),
        AuditAction.AUDIT_EXPORTED: t("{actor} exported the audit log", **names),
        AuditAction.TENANT_CREATED: t("The organisation was created"),
        AuditAction.TENANT_CHANGED: t("The platform operator changed the plan or its limits"),
        AuditAction.TENANT_SUSPENDED: t("The platform operator suspended the organisation"),
        AuditAction.TENANT_RESUMED: t("The platform operator resumed the organisation"),
        AuditAction.TENANT_ERASED: t("The platform operator erased the organisation"),
    }


def _flag_sentence(names: dict[str, Any], row: Any) -> rx.Var[str]:
    flag = flag_name(row.target_id)
    words = rx.match(
        row.details["is_on"],
        ("true", t("{actor} turned on: {flag}", **names, flag=flag)),
        ("false", t("{actor} turned off: {flag}", **names, flag=flag)),
        t("{actor} restored the default: {flag}", **names, flag=flag),
    )
    return cast("rx.Var[str]", words)
