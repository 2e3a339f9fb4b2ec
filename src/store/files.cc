#include "store/files.h"

namespace throughline::store {

std::string join_path(std::string_view directory, std::string_view name) {
    std::string path(directory);
    if (!path.empty() && path.back() != '/') path += '/';
    return path.append(name);
}

std::string parent_path(std::string_view path) {
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    const size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return ".";
    return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

Result<bool> file_exists(Files& files, const std::string& path) {
    const auto stat = files.stat(path);
    if (stat.is_ok()) return true;
    if (stat.error().code == Code::NotFound) return false;
    return stat.error();
}

Status make_directories(Files& files, const std::string& path) {
    const std::string parent = parent_path(path);
    if (parent != path && path != ".") TL_TRY(make_directories(files, parent));
    TL_TRY_ASSIGN(const bool exists, file_exists(files, path));
    if (!exists) TL_TRY(files.make_directory(path));
    // Also when it exists: whoever made it may have ended before it was durable. A parent that we
    // may not even read is not one that we made something in.
    const auto synced = files.sync_directory(parent);
    if (!exists || synced.is_ok() || synced.error().code != Code::PermissionDenied) return synced;
    return Status::ok();
}

Status remove_tree(Files& files, const std::string& path) {
    const auto stat = files.stat(path);
    if (!stat.is_ok()) {
        return stat.error().code == Code::NotFound ? Status::ok() : Status(stat.error());
    }
    if (stat->is_directory) {
        TL_TRY_ASSIGN(const auto names, files.list(path));
        for (const auto& name : names) TL_TRY(remove_tree(files, join_path(path, name)));
    }
    return files.remove(path);
}

Result<std::string> read_file(Files& files, const std::string& path) {
    TL_TRY_ASSIGN(const auto file, files.open(path, OpenMode::Read));
    TL_TRY_ASSIGN(const uint64_t size, file->size());
    std::string bytes(size, '\0');
    TL_TRY_ASSIGN(const size_t got, file->read_at(0, bytes));
    bytes.resize(got);
    return bytes;
}

Status replace_file(Files& files, const std::string& path, std::string_view bytes) {
    const std::string fresh = path + ".new";
    {
        TL_TRY_ASSIGN(const auto file, files.open(fresh, OpenMode::Fresh));
        TL_TRY(file->write_at(0, bytes));
        TL_TRY(file->sync());
    }
    TL_TRY(files.rename(fresh, path));
    return files.sync_directory(parent_path(path));
}

}  // namespace throughline::store
