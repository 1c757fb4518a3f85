"""Security assessment and certification of versions (模型安全评估认证): profiles, criteria, certificates."""
