#include "base/result.h"

namespace throughline {

std::string_view code_name(Code code) {
    switch (code) {
        case Code::InvalidArgument:
            return "invalid_argument";
        case Code::Unauthenticated:
            return "unauthenticated";
        case Code::PermissionDenied:
            return "permission_denied";
        case Code::NotFound:
            return "not_found";
        case Code::Conflict:
            return "conflict";
        case Code::FailedPrecondition:
            return "failed_precondition";
        case Code::ResourceExhausted:
            return "resource_exhausted";
        case Code::Cancelled:
            return "cancelled";
        case Code::Internal:
            return "internal";
        case Code::Corrupt:
            return "corrupt";
        case Code::Unavailable:
            return "unavailable";
        case Code::DeadlineExceeded:
            return "deadline_exceeded";
    }
    TL_UNREACHABLE();
}

}  // namespace throughline
