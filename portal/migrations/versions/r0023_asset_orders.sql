CREATE INDEX ix_asset_by_updated ON asset (updated_at DESC, id DESC);
CREATE INDEX ix_asset_by_name ON asset (sort_key, id);
CREATE INDEX ix_asset_by_downloads ON asset (downloads DESC, id DESC);
CREATE INDEX ix_asset_by_likes ON asset (likes DESC, id DESC);
DROP INDEX ix_asset_updated;
DROP INDEX ix_asset_public_updated;
DROP INDEX ix_asset_public_name;
DROP INDEX ix_asset_public_likes;
