"""Who may not come in, and who may not do this."""

from ragapp.core.errors.base import RagAppError


class NotAuthenticated(RagAppError):
    code = "not_authenticated"
    default_message = "Sign in to continue."


class InvalidCredentials(NotAuthenticated):
    code = "invalid_credentials"
    default_message = "E-mail or password is not right. Try again, or set a new password."


class SignInExpired(NotAuthenticated):
    """The code of the second factor came too late after the password."""

    code = "sign_in_expired"
    default_message = "This took too long. Sign in again."


class SecondFactorRequired(NotAuthenticated):
    """The password was right; the code of the authenticator app is still to come."""

    code = "second_factor_required"
    default_message = "Enter the code of your authenticator app."


class InvalidSecondFactor(NotAuthenticated):
    code = "invalid_second_factor"
    default_message = "This code is not right or was used already. Wait for the next one and try again."


class TenantSuspended(NotAuthenticated):
    """A valid credential of somebody whose organisation may not work at the moment."""

    code = "tenant_suspended"
    default_message = "Your organisation is suspended. Nothing is lost; ask the operator of this service."


class SignInNotAllowed(NotAuthenticated):
    code = "sign_in_not_allowed"
    default_message = "Your organisation signs in another way. Use its sign-in button."


class ExternalSignInFailed(NotAuthenticated):
    code = "external_sign_in_failed"
    default_message = "The sign-in service of your organisation did not confirm who you are. Start again."


class ExternalAccountUnknown(NotAuthenticated):
    code = "external_account_unknown"
    default_message = (
        "This sign-in has no active account here. Ask an administrator of your organisation to invite you."
    )


class ExternalAccountNotLinked(NotAuthenticated):
    """Somebody has that address here already; an address alone never opens an account."""

    code = "external_account_not_linked"
    default_message = (
        "You have an account here already. Sign in with your password once and link this in your settings."
    )


class PermissionDenied(RagAppError):
    code = "permission_denied"
    default_message = "Your role does not allow this. Ask an administrator of your organisation."


class ReauthenticationRequired(PermissionDenied):
    code = "reauthentication_required"
    default_message = "Confirm your password to go on."


class SecondFactorSetupRequired(PermissionDenied):
    code = "second_factor_setup_required"
    default_message = "Your organisation requires two-step sign-in. Set it up in your settings first."


class FeatureDisabled(PermissionDenied):
    code = "feature_disabled"
    default_message = "This feature is turned off for your organisation. An administrator can turn it on."
