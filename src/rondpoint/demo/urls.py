"""Addresses of the demo, all under ``/demo/``."""

from django.urls import path

from rondpoint.demo import phone_views as phone
from rondpoint.demo import shop_views as shop
from rondpoint.demo import tour_views as tour

app_name = "demo"
urlpatterns = [
    path("shop", shop.home, name="home"),
    path("shop/help", shop.help_page, name="help"),
    path("shop/account", shop.account, name="account"),
    path("shop/language", shop.language, name="language"),
    path("shop/products/<slug:slug>", shop.product, name="product"),
    path("tour", tour.state, name="tour"),
    path("traffic", tour.switch, name="traffic"),
    path("reset", tour.reset, name="reset"),
    path("phone", phone.page, name="phone"),
    path("phone/state", phone.state, name="phone_state"),
    path("phone/sms", phone.send_sms, name="phone_sms"),
    path("phone/mail", phone.send_mail, name="phone_mail"),
    path("phone/twilio/2010-04-01/Accounts/<str:account>.json", phone.carrier_account),
    path("phone/twilio/2010-04-01/Accounts/<str:account>/Messages.json", phone.carrier_messages),
]
