"""Questions and answers: chats, runs, who may read them, what of them is withheld."""
