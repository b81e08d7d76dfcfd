//! Deterministic figures and PDF/A documents
