"""Every address of the site. Pages come in Chinese without a prefix and in English under /en/."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from cms.views import office_sign_in
from sellers.views.app import service_worker
from shop import desk, privacy, sitemap, views, views_style, webhooks

handler500 = "shop.views.server_error"

admin.autodiscover()
admin.site.site_header = admin.site.site_title = _("Daylily")
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("webhooks/stripe/", webhooks.stripe_webhook, name="stripe_webhook"),
    path("admin/", admin.site.urls),
    path("office/login/", office_sign_in),
    path("office/", include(wagtailadmin_urls)),
    path("service-worker.js", service_worker, name="service_worker"),
    path("media/<path:path>", views.media, name="media"),
    path("robots.txt", sitemap.robots, name="robots"),
    path("sitemap.xml", sitemap.index, name="sitemap"),
    path("sitemap-<slug:name>.xml", sitemap.part, name="sitemap_part"),
    *i18n_patterns(
        # What visitors ask for most is looked for first; before all of it, what thousands ask for in one second.
        path("flash/", include("orders.urls_flash")),
        path("", include("catalog.urls_finding")),
        path("", include("catalog.urls")),
        path("", include("orders.urls")),
        path("", include("aftersales.urls")),
        path("account/home/", views.account_home, name="account_home"),
        path("account/logout/", views.sign_out, name="account_logout"),
        path("account/", include("accounts.urls")),
        path("account/", include("allauth.urls")),
        path("desk/", desk.home, name="desk"),
        path("privacy/", privacy.privacy, name="privacy"),
        *(
            []
            if settings.PRODUCTION
            else [
                path("style/", views_style.style, name="style"),
                path("style/<slug:kind>/", views_style.style_of, name="style_of"),
            ]
        ),
        path("", include("stations.urls")),
        path("", include("sellers.urls")),
        path("", include("delivery.urls")),
        path("", include("reports.urls")),
        path("", include("cms.urls")),
        path("", include(wagtail_urls)),
        prefix_default_language=False,
    ),
]
