"""Reading versions, their files, uploads and downloads."""

from registry.versions.queries.files import (
    archived_uploads,
    file_at,
    files_of,
    get_upload_for_change,
    mark_download,
    overdue_uploads,
    owned_blobs,
    owned_bytes,
    pending_uploads,
    remember_blobs,
    remove_file,
    stored_files,
    uploads_of,
)
from registry.versions.queries.versions import (
    detail,
    get_for_change,
    newest_published,
    of_asset,
    overdue_scans,
    plain,
    visible,
)

__all__ = [
    "archived_uploads",
    "detail",
    "file_at",
    "files_of",
    "get_for_change",
    "get_upload_for_change",
    "mark_download",
    "newest_published",
    "of_asset",
    "overdue_scans",
    "overdue_uploads",
    "owned_blobs",
    "owned_bytes",
    "pending_uploads",
    "plain",
    "remember_blobs",
    "remove_file",
    "stored_files",
    "uploads_of",
    "visible",
]
