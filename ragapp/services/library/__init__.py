"""Documents: uploads, imports, versions, knowledge bases, folders, from the first byte to the deletion of the last."""
