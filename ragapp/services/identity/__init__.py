"""Who somebody is: accounts, passwords, second factors, sessions, tokens, sign-in services."""
