"""Files in stores (s3://, gs://, ...): inputs are fetched to a cache folder, outputs uploaded when whole."""

from anybokeh.storage.copies import Copies, local_copies
from anybokeh.storage.staging import exists
from anybokeh.storage.urls import is_url

__all__ = ["Copies", "exists", "is_url", "local_copies"]
