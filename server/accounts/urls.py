"""The routes under `/api/v1/auth/`."""

from django.urls import path

from . import views

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="sign-in"),
    path("refresh/", views.RefreshView.as_view(), name="refresh"),
    path("sign-out/", views.SignOutView.as_view(), name="sign-out"),
    path("switch/", views.SwitchView.as_view(), name="switch"),
    path("whoami/", views.WhoAmIView.as_view(), name="whoami"),
    path("password/", views.PasswordView.as_view(), name="password"),
    path("pin/", views.PinView.as_view(), name="pin"),
    path("unlock/", views.UnlockView.as_view(), name="unlock"),
    path("terminal-sign-in/", views.TerminalSignInView.as_view(), name="terminal-sign-in"),
    path("terminals/", views.TerminalsView.as_view(), name="enrol-terminal"),
    path("totp/enrol/", views.TotpEnrolView.as_view(), name="totp-enrol"),
    path("totp/confirm/", views.TotpConfirmView.as_view(), name="totp-confirm"),
    path("totp/disable/", views.TotpDisableView.as_view(), name="totp-disable"),
    path("api-keys/", views.ApiKeysView.as_view(), name="api-keys"),
    path("api-keys/<int:key>/", views.ApiKeyView.as_view(), name="api-key"),
]
