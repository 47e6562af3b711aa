// What a server shows to prove who it is.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/base/time.h"

struct ssl_ctx_st;

namespace dure::http {

// Paths. PEM, the key without a password; the server's own certificate first, then those that lead to its authority.
struct CertificateFiles {
  std::string certificate;
  std::string key;
};

// A certificate with its key, and with what TLS is to be like: 1.2 or 1.3, forward secrecy, no renegotiation.
// Immutable; any thread.
class Certificate {
 public:
  // Reads both files, and checks that they belong together. The error names the file. Only regular files are read, so
  // that it waits for nobody.
  static Result<std::shared_ptr<const Certificate>> read(const CertificateFiles& files);
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  // `sha256//` and the SHA-256 of the public key in base64, as curl takes it.
  const std::string& fingerprint() const { return fingerprint_; }
  bool is_self_signed() const { return is_self_signed_; }
  Time expires() const { return expires_; }
  // For new sessions, each of which keeps it.
  ssl_ctx_st& context() const { return *context_; }

 private:
  explicit Certificate(ssl_ctx_st* context);

  ssl_ctx_st* context_;
  std::string fingerprint_;
  bool is_self_signed_ = false;
  Time expires_;
};

// The fingerprint of the first certificate in a text of PEM.
Result<std::string> fingerprint_of_pem(std::string_view pem);

// Whether `text` is a fingerprint as above.
bool is_fingerprint(std::string_view text);

}  // namespace dure::http
